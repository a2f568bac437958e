/* The interactive hydrograph. Data are in #frs-data: comma-separated text, empty where missing. */
(function () {
  'use strict';
  var redraw = null; /* a catchment's page prints its hydrograph as it is on the screen, in the colours of paper */
  /* On paper every table is open; the studies of several catchments would be pages and pages. */
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details:not(.aside)').forEach(function (d) { d.open = true; });
    document.documentElement.classList.add('paper');
    if (redraw) redraw();
  });
  window.addEventListener('afterprint', function () {
    document.documentElement.classList.remove('paper');
    if (redraw) redraw();
  });
  var holder = document.getElementById('frs-data');
  if (!holder || typeof Dygraph === 'undefined') return;
  document.documentElement.classList.add('js');
  var D = JSON.parse(holder.textContent);
  var div = document.getElementById('frs-hydrograph'), keys = document.getElementById('frs-keys');
  var day = 86400000, graph = null, hidden = {}, state = { site: 0, lead: 0, log: false, flood: -1 }, shown = null;

  function numbers(text) {
    return text ? text.split(',').map(function (x) { return x === '' ? null : +x; }) : [];
  }
  function time(k) {
    if (!D.month) return new Date((D.start + k * D.count) * 1000);
    var t = new Date(D.start * 1000);
    return new Date(Date.UTC(t.getUTCFullYear(), t.getUTCMonth() + k * D.count, t.getUTCDate()));
  }
  function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  var last = D.models.length + 1; /* column of the last model, after time */
  function colourClass(model) { return 'c' + (model % 7 + 1); }
  function iso(ms) {
    var t = new Date(ms).toISOString();
    return t.slice(11, 16) === '00:00' ? t.slice(0, 10) : t.slice(0, 16).replace('T', ' ');
  }

  /* Columns: time, rain (always there, empty when there is none), observed (a thick line under the others), one a model. */
  function table() {
    var site = D.sites[state.site], lead = D.leads[state.lead] ? D.leads[state.lead].steps : 0;
    var obs = numbers(site.obs), rain = numbers(site.p);
    var models = site.m.map(function (m) { return numbers(m[state.lead]); });
    var n = obs.length + D.offset, rows = new Array(n), most = 0;
    for (var k = 0; k < n; k++) {
      var r = k < rain.length ? rain[k] : null;
      if (r > most) most = r;
      rows[k] = [time(k), r, k >= D.offset ? obs[k - D.offset] : null];
      for (var m = 0; m < models.length; m++) {
        var i = k - lead;
        rows[k].push(i >= 0 && i < models[m].length ? models[m][i] : null);
      }
    }
    return { rows: rows, rain: most };
  }

  /* Bars hanging from the top: the axis runs from `top` down, so a bar ends at top - value. */
  function bars(top) {
    return function (e) {
      var c = e.drawingContext, area = e.plotArea;
      c.fillStyle = css('--rain');
      var width = e.points.length > 1 ? Math.abs(e.points[1].canvasx - e.points[0].canvasx) : 4;
      width = Math.max(1, Math.min(12, width * 0.8));
      e.points.forEach(function (p) {
        if (p.yval === null || isNaN(p.yval) || p.yval <= 0) return;
        var y = e.dygraph.toDomYCoord(top - p.yval, 1);
        c.fillRect(p.canvasx - width / 2, area.y, width, y - area.y);
      });
    };
  }
  function rainTicks(most, top) {
    var step = Math.pow(10, Math.floor(Math.log10(most)));
    if (most / step < 2) step /= 2; else if (most / step > 5) step *= 2;
    return function () {
      var ticks = [];
      for (var v = 0; v <= most; v += step) ticks.push({ v: top - v, label: String(+v.toPrecision(6)) });
      return ticks;
    };
  }
  function dateLabel(d, granularity) {
    var t = d.toISOString();
    if (granularity >= Dygraph.Granularity.ANNUAL) return t.slice(0, 4);
    if (granularity >= Dygraph.Granularity.MONTHLY) return t.slice(0, 7);
    if (granularity >= Dygraph.Granularity.DAILY) return t.slice(0, 10);
    return t.slice(11, 16) === '00:00' ? t.slice(5, 10) : t.slice(11, 16);
  }

  function buildKeys(hasRain) {
    keys.textContent = '';
    var names = [D.precipitation, D.observed].concat(D.models);
    names.forEach(function (name, i) {
      if (i === 0 && !hasRain) return;
      var label = document.createElement('label'), box = document.createElement('input');
      var swatch = document.createElement('span'), value = document.createElement('output');
      box.type = 'checkbox';
      box.checked = !hidden[i];
      box.addEventListener('change', function () {
        hidden[i] = !box.checked;
        graph.setVisibility(i, box.checked);
      });
      swatch.className = 'swatch ' + (i === 0 ? 'rain' : i === 1 ? 'c0' : colourClass(i - 2) + (i - 2 >= 7 ? ' dash' : ''));
      value.id = 'frs-value-' + i;
      label.append(box, swatch, name, value);
      keys.append(label);
    });
    var when = document.createElement('output');
    when.id = 'frs-when';
    keys.append(when);
  }
  function showValues(x, row) {
    document.getElementById('frs-when').textContent = row ? iso(x) : '';
    for (var i = 0; i <= last; i++) {
      var out = document.getElementById('frs-value-' + i);
      if (out) out.textContent = row && row[i + 1] !== null ? String(row[i + 1]) : '';
    }
  }

  function draw(window_) {
    var t = shown = table(), top = 3.4 * t.rain, labels = ['t', 'r', 'o'], series = {}, visible = [], colours = [];
    D.models.forEach(function (_, i) { labels.push('m' + i); });
    for (var i = 0; i <= last; i++) {
      visible.push(!hidden[i] && !(i === 0 && t.rain <= 0));
      colours.push(css(i === 0 ? '--rain' : i === 1 ? '--c0' : '--' + colourClass(i - 2)));
    }
    series.r = { axis: 'y2', plotter: bars(top), showInRangeSelector: false };
    series.o = { strokeWidth: 2.6, showInRangeSelector: true };
    D.models.forEach(function (_, i) { if (i >= 7) series['m' + i] = { strokePattern: [6, 4] }; });
    buildKeys(t.rain > 0);
    if (graph) graph.destroy();
    graph = new Dygraph(div, t.rows, {
      labels: labels, labelsUTC: true, series: series, colors: colours, visibility: visible,
      legend: 'never', ylabel: D.target, y2label: t.rain > 0 ? D.precipitation : undefined, strokeWidth: 1.2,
      showRangeSelector: true, rangeSelectorHeight: 36, rangeSelectorPlotStrokeColor: css('--soft'), rangeSelectorPlotFillColor: css('--soft'),
      rangeSelectorPlotFillGradientColor: css('--paper'), rangeSelectorBackgroundStrokeColor: css('--rule'),
      rangeSelectorForegroundStrokeColor: css('--soft'), rangeSelectorVeilColour: 'rgba(128,128,128,0.25)',
      gridLineColor: css('--rule'), axisLineColor: css('--rule'), highlightCircleSize: 3, dateWindow: window_ || null, animatedZooms: false,
      axes: {
        x: { axisLabelFormatter: dateLabel, pixelsPerLabel: 84, axisLabelWidth: 84 },
        y: { axisLabelWidth: 46, axisLabelFormatter: flowLabel, logscale: state.log },
        y2: t.rain > 0
          ? { valueRange: [0, top], ticker: rainTicks(t.rain, top), drawGrid: false, independentTicks: true, axisLabelWidth: 34 }
          : { valueRange: [0, 1], drawAxis: false, drawGrid: false, independentTicks: true, axisLabelWidth: 0 }
      },
      drawCallback: function (g) {
        fit(g, t.rain > 0 ? 1.42 : 1.06);
        tellYears(g);
      },
      highlightCallback: function (_event, x, _points, row) { showValues(x, t.rows[row]); },
      unhighlightCallback: function () { showValues(0, null); }
    });
  }

  /* No labels where the rain hangs. */
  var most = Infinity;
  function flowLabel(v) { return v > most ? '' : String(+v.toPrecision(6)); }
  /* The flow's axis follows the part in view and leaves room above for the rain. */
  function fit(g, room) {
    var range = g.xAxisRange(), low = state.log ? Infinity : 0, high = 0, visible = g.visibility();
    for (var r = 0; r < g.numRows(); r++) {
      var x = g.getValue(r, 0);
      if (x < range[0] || x > range[1]) continue;
      for (var c = 2; c < g.numColumns(); c++) {
        var v = visible[c - 1] ? g.getValue(r, c) : null;
        if (v === null || (state.log && v <= 0)) continue;
        if (v > high) high = v;
        if (v < low) low = v;
      }
    }
    if (state.log) { /* four decades at most: a prediction of almost nothing must not flatten the rest */
      high = high || 1;
      low = Math.max(Math.min(low, high / 2), high * 1e-4) / 1.1;
      most = high * Math.pow(high / low, room > 1.3 ? 0.02 : 0.1);
      high *= Math.pow(high / low, room - 1);
    } else {
      most = low + (high - low || 1) * (room > 1.3 ? 1.04 : 1.1);
      high = low + (high - low || 1) * room;
      low -= 0.03 * (high - low); /* the lowest label stands clear of the dates */
    }
    var now = g.yAxisRange(0);
    if (Math.abs(now[1] - high) + Math.abs(now[0] - low) > 1e-6 * (high - low)) g.updateOptions({ axes: { y: { valueRange: [low, high] } } });
  }

  /* Middles of the ten greatest floods of the record, no two within 60 days. */
  function floods() {
    var peaks = shown.rows.filter(function (r) { return r[2] !== null; }).sort(function (a, b) { return b[2] - a[2]; }), found = [];
    for (var i = 0; i < peaks.length && found.length < 10; i++) {
      var t = peaks[i][0].getTime();
      if (found.every(function (f) { return Math.abs(f - t) > 60 * day; })) found.push(t);
    }
    return found;
  }
  /* The list says what is in sight: a year, all, or neither. */
  function tellYears(g) {
    var select = document.getElementById('frs-years'), range = g.xAxisRange(), all = g.xAxisExtremes(), found = '-';
    if (Math.abs(range[0] - all[0]) + Math.abs(range[1] - all[1]) < 2 * day) found = '';
    for (var i = 0; i < select.options.length; i++) {
      var v = select.options[i].value.split(' ').map(Number);
      if (v.length === 2 && Math.abs(v[0] - range[0]) + Math.abs(v[1] - range[1]) < 2 * day) found = select.options[i].value;
    }
    select.value = found;
  }
  /* Hydrological years by the year in which they end. */
  function years() {
    var select = document.getElementById('frs-years'), first = shown.rows[0][0], last_ = shown.rows[shown.rows.length - 1][0];
    for (var y = first.getUTCFullYear(); y <= last_.getUTCFullYear() + 1; y++) {
      var from = Date.UTC(D.year > 1 ? y - 1 : y, D.year - 1, 1), to = Date.UTC(D.year > 1 ? y : y + 1, D.year - 1, 1) - 1;
      if (to <= first.getTime() || from >= last_.getTime()) continue;
      var option = document.createElement('option');
      option.value = from + ' ' + to;
      option.textContent = D.year > 1 ? (y - 1) + '/' + String(y).slice(2) : String(y);
      select.append(option);
    }
    select.addEventListener('change', function () {
      graph.updateOptions({ dateWindow: select.value.length > 1 ? select.value.split(' ').map(Number) : null });
    });
  }

  function fill(id, names, field) {
    var select = document.getElementById(id);
    if (!select) return;
    names.forEach(function (name, i) {
      var option = document.createElement('option');
      option.value = i;
      option.textContent = name;
      select.append(option);
    });
    select.addEventListener('change', function () {
      state[field] = +select.value;
      state.flood = -1;
      draw(graph ? graph.xAxisRange() : null);
    });
  }
  fill('frs-site', D.sites.map(function (s) { return s.name; }), 'site');
  fill('frs-lead', D.leads.map(function (l) { return l.text; }), 'lead');
  /* Two years are readable; the whole record is one double-click away. */
  var n = numbers(D.sites[0].obs).length, end = time(n - 1 + D.offset).getTime();
  draw(end - time(0) > 3 * 365 * day ? [end - 2 * 365 * day, end] : null);
  years();
  if (document.querySelector('.drawn')) redraw = function () { draw(graph.xAxisRange()); };
  document.getElementById('frs-log').addEventListener('change', function (e) {
    state.log = e.target.checked;
    draw(graph.xAxisRange());
  });
  document.getElementById('frs-flood').addEventListener('click', function () {
    var all = floods();
    if (all.length === 0) return;
    state.flood = (state.flood + 1) % all.length;
    graph.updateOptions({ dateWindow: [all[state.flood] - 60 * day, all[state.flood] + 60 * day] });
  });
  if (window.matchMedia) matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () { draw(graph.xAxisRange()); });
})();
