/* The interactive map: points coloured by score over a graticule and the coast; no tiles, no network. */
(function () {
  'use strict';
  var holder = document.getElementById('frs-map-data');
  if (!holder || typeof L === 'undefined') return;
  document.documentElement.classList.add('mapped');
  var M = JSON.parse(holder.textContent);
  function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  var div = document.getElementById('frs-map'), keys = document.getElementById('frs-map-keys');
  if (!div.offsetWidth) return; /* opened for paper: the static one stands there */
  var map = L.map(div, { attributionControl: false, zoomControl: false, scrollWheelZoom: false, dragging: !L.Browser.mobile,
    preferCanvas: true, zoomSnap: 0.25, maxZoom: 12, worldCopyJump: false });
  L.control.zoom({ zoomInTitle: M['in'], zoomOutTitle: M.out }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);

  var coast = M.coast.split('\n').filter(Boolean).map(function (line) {
    var v = line.split(' ').map(Number), x = 0, y = 0, points = [];
    for (var i = 0; i + 1 < v.length; i += 2) {
      x += v[i];
      y += v[i + 1];
      points.push([y / 10, x / 10]);
    }
    return points;
  });
  var shore = L.polyline(coast, { weight: 1, interactive: false }).addTo(map);
  var grid = L.layerGroup().addTo(map);

  function element(tag, text) {
    var e = document.createElement(tag);
    e.textContent = text;
    return e;
  }
  /* Everything by textContent: a catchment's name is only text. */
  function popup(point) {
    var box = document.createElement('div'), table = document.createElement('table');
    box.append(element('strong', point[3]), table);
    M.models.forEach(function (name, i) {
      var row = document.createElement('tr');
      row.append(element('td', name), element('td', point[5][i] === null ? '–' : String(point[5][i])));
      table.append(row);
    });
    if (point[4]) {
      var link = element('a', M.page);
      link.href = point[4];
      box.append(link);
    }
    return box;
  }
  function colour(k) { return css(k < 0 ? '--one' : '--m' + k); }
  /* The worst last: over the others. */
  var points = M.points.slice().sort(function (a, b) { return b[2] - a[2]; }).map(function (point) {
    var marker = L.circleMarker([point[0], point[1]], { radius: M.points.length > 200 ? 5 : 7, weight: 1, fillOpacity: 0.9 });
    marker.bindPopup(function () { return popup(point); }, { maxWidth: 260 }).addTo(map);
    return { marker: marker, k: point[2] };
  });
  function paint() {
    shore.setStyle({ color: css('--coast') });
    points.forEach(function (p) { p.marker.setStyle({ color: css('--paper'), fillColor: colour(p.k) }); });
    graticule();
  }
  M.classes.forEach(function (text, i) {
    var label = document.createElement('span'), swatch = document.createElement('span');
    swatch.className = 'swatch m' + (M.classes.length - 1 - i);
    label.append(swatch, (i === 0 ? M.metric + ' ' : '') + text);
    keys.append(label);
  });

  /* Meridians and parallels so far apart that a handful is in sight, each with its degrees. */
  function graticule() {
    var b = map.getBounds(), span = Math.max(b.getEast() - b.getWest(), 0.001), steps = [45, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05], step = 45;
    steps.forEach(function (s) { if (span / s <= 8) step = s; });
    grid.clearLayers();
    function line(a, z) { L.polyline([a, z], { color: css('--rule'), weight: 1, interactive: false }).addTo(grid).bringToBack(); }
    function label(at, text, kind) {
      L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className: 'degrees ' + kind, html: '', iconSize: null }) })
        .addTo(grid).getElement().textContent = text;
    }
    var south = Math.max(-85, b.getSouth()), north = Math.min(85, b.getNorth()), k, v;
    for (k = Math.ceil(b.getWest() / step); (v = k * step) <= b.getEast(); k++) {
      line([south, v], [north, v]);
      label([south, v], +v.toFixed(2) + '°', 'x');
    }
    for (k = Math.ceil(south / step); (v = k * step) <= north; k++) {
      line([v, b.getWest()], [v, b.getEast()]);
      label([v, b.getEast()], +v.toFixed(2) + '°', 'y');
    }
  }
  map.fitBounds(L.latLngBounds(M.points.map(function (p) { return [p[0], p[1]]; })), { padding: [24, 24], maxZoom: 8, animate: false });
  map.on('moveend', graticule);
  paint();
  if (window.matchMedia) matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
})();
