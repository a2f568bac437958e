/* Files built into the library by tools/embed, each ended by a NUL. */
#ifndef FRS_REPORT_ASSETS_H
#define FRS_REPORT_ASSETS_H
extern const char frs__asset_page_css[], frs__asset_page_js[];
/* dygraphs 2 (MIT, see NOTICE); empty when built without it: the page then shows static figures
 * only. */
extern const char frs__asset_dygraph_js[], frs__asset_dygraph_css[];
#endif
