/* Files built into the library by tools/embed, each ended by a NUL. */
#ifndef FRS_REPORT_ASSETS_H
#define FRS_REPORT_ASSETS_H
extern const char frs__asset_page_css[], frs__asset_page_js[];
/* dygraphs 2 (MIT, see NOTICE); empty when built without it: the page then shows static figures
 * only. */
extern const char frs__asset_dygraph_js[], frs__asset_dygraph_css[];
/* Leaflet (BSD-2-Clause, see NOTICE) and what draws with it; empty when built without it: static
 * maps only. */
extern const char frs__asset_leaflet_js[], frs__asset_leaflet_css[], frs__asset_map_js[];
extern const char
    frs__asset_coast[]; /* Natural Earth 1:110m, public domain: map.c says how it is written */
#endif
