/* Small data sets in the published layouts: one table of files a layout, for tests and fuzzers. */
#ifndef LAYOUT_FILES_H
#define LAYOUT_FILES_H
#include <stddef.h>

typedef struct layout_file {
    const char *path, *text;
} layout_file;

#define DAYMET_HEAD                                                                                \
    "  44.82\n 133.00\n 864000000\n"                                                               \
    "Year Mnth Day Hr dayl(s) prcp(mm/day) srad(W/m2) swe(mm) tmax(C) tmin(C) vp(Pa)\n"
static const layout_file camels_us[] = {
    {"basin_mean_forcing/daymet/01/01022500_lump_cida_forcing_leap.txt",
     DAYMET_HEAD "2000 02 28 12\t31185.97\t0.00\t189.56\t0.00\t-2.36\t-14.36\t202.51\n"
                 "2000 02 29 12\t31302.05\t1.50\t200.48\t0.00\t4.81\t-8.61\t319.42\n"
                 "2000 03 01 12\t31302.05\t2.00\t200.48\t0.00\t4.81\t-8.61\t319.42\n"},
    {"basin_mean_forcing/daymet/02/02064000_lump_cida_forcing_leap.txt",
     DAYMET_HEAD "2000 02 28 12\t1\t5\t1\t0\t1\t1\t1\n"},
    {"basin_mean_forcing/daymet/02/09999999_lump_cida_forcing_leap.txt",
     DAYMET_HEAD "2000 02 28 12\t1\t5\t1\t0\t1\t1\t1\n"}, /* no flow: left out */
    {"basin_mean_forcing/maurer/01/01022500_lump_maurer_forcing_leap.txt",
     "  44.82\n 133.00\n 432000000\n"
     "Year Mnth Day Hr\tDayl(s)\tPRCP(mm/day)\tSRAD(W/m2)\tSWE(mm)\tTmax(C)\tTmin(C)\tVp(Pa)\n"
     "2000 02 28 12\t31185.94\t7.00\t233.66\t0.00\t-8.49\t-8.49\t192.89\n"},
    {"basin_mean_forcing/maurer/02/02064000_lump_maurer_forcing_leap.txt",
     "  44.82\n 133.00\n 432000000\n"
     "Year Mnth Day Hr\tDayl(s)\tPRCP(mm/day)\tSRAD(W/m2)\tSWE(mm)\tTmax(C)\tTmin(C)\tVp(Pa)\n"
     "2000 02 28 12\t31185.94\t7.00\t233.66\t0.00\t-8.49\t-8.49\t192.89\n"},
    {"usgs_streamflow/01/01022500_streamflow_qc.txt", "01022500 2000 02 28   100.00 A\n"
                                                      "01022500 2000 02 29    50.00 A:e\n"
                                                      "01022500 2000 03 01  -999.00 M\n"
                                                      "01022500 2000 03 02    10.00 A:e\n"},
    {"usgs_streamflow/02/02064000_streamflow_qc.txt", "02064000 2000 02 28     1.00 A\n"},
    {"camels_attributes_v2.0/camels_topo.txt", "gauge_id;elev_mean;area_gages2\n"
                                               "01022500;92.68;573.6\n02064000;5;6\n03;7;8\n"},
    {"camels_attributes_v2.0/camels_vege.txt",
     "gauge_id;dom_land_cover;root_depth_50\n01022500;    Mixed Forests;NA\n02064000;Cropland;2\n"},
    {"camels_attributes_v2.0/readme.txt", "not a table\n"},
    {NULL, NULL}};

static const layout_file hourly_csv[] = {
    {"basin_mean_forcing/daymet/01/01022500_lump_cida_forcing_leap.txt",
     DAYMET_HEAD "2000 02 29 12\t31302.05\t1.50\t200.48\t0.00\t4.81\t-8.61\t319.42\n"},
    {"hourly/nldas_hourly/01022500_hourly_nldas.csv",
     "date,total_precipitation,temperature\n2000-02-29 00:00:00,0.5,280\n"
     "2000-02-29 01:00:00,0.25,281\n"},
    {"hourly/usgs-streamflow/01022500-usgs-hourly.csv",
     "date,QObs(mm/h)\n2000-02-29 01:00:00,0.125\n2000-02-29 02:00:00,-1\n"},
    {NULL, NULL}};

static const layout_file camels_gb[] = {
    {"timeseries/CAMELS_GB_hydromet_timeseries_10002_19701001-20150930.csv",
     "date,precipitation,pet,temperature,discharge_spec,discharge_vol,peti,humidity,shortwave_rad,"
     "longwave_rad,windspeed\n"
     "1970-10-01,5.3,0.5,10.4,NaN,NaN,0.7,7.1,80,330,8\n"
     "1970-10-02,0.1,0.5,10.4,1.25,3.5,0.7,7.1,80,330,8\n"},
    {"attributes/CAMELS_GB_topographic_attributes.csv",
     "gauge_id,gauge_name,area\n10002,Ugie at Inverugie,325\n"},
    {"attributes/CAMELS_GB_hydrometry_attributes.csv",
     "gauge_id,station_type,flow_period_start,q5_uncert\n10002,VA,1971-02-01,22.5\n"},
    {NULL, NULL}};

static const layout_file camels_cl_2022[] = {
    {"q_mm_day.csv", "date,1001001,1001002\n2000-01-01,,3\n2000-01-02,1.5,4\n2000-01-03,2.5,\n"},
    {"precip_cr2met_day.csv",
     "date,year,month,day,1001002,1001001\n2000-01-02,2000,1,2,8,9\n2000-01-03,2000,1,3,6,7\n"},
    {"swe_day.csv", "date,1001001,1001002\n2000-01-02,1,1\n"}, /* NeuralHydrology takes it not */
    {"1_CAMELScl_attributes.txt", "\"gauge_id\"\t\"1001001\"\t\"1001002\"\n"
                                  "\"gauge_name\"\t\"Rio A\"\t\"Rio B\"\n"
                                  "\"area\"\t\"49\"\t\"525.3\"\n\"record_period_start\"\t"
                                  "\"1965-06-01\"\t\"1965-07-01\"\n\"elev_mean\"\t4842\t\" \"\n"},
    {NULL, NULL}};

static const layout_file camels_cl_2018[] = {
    {"3_CAMELScl_streamflow_mm.txt", "\"gauge_id\"\t\"1001001\"\t\"1001002\"\n"
                                     "\"2000-01-01\"\t\" \"\t\"3\"\n\"2000-01-02\"\t\"1.5\"\t4\n"},
    {"4_CAMELScl_precip_cr2met.txt", "\"gauge_id\"\t\"1001001\"\t\"1001002\"\n"
                                     "\"2000-01-01\"\t\"6\"\t\"7\"\n\"2000-01-02\"\t\"8\"\t9\n"},
    {"1_CAMELScl_attributes.txt", "\"gauge_id\"\t\"1001001\"\t\"1001002\"\n"
                                  "\"area\"\t\"49\"\t\"525.3\"\n"},
    {NULL, NULL}};

static const layout_file camels_br[] = {
    {"01_CAMELS_BR_attributes/camels_br_location.txt",
     "gauge_id gauge_name area\n10500000 \"Estirao do Repouso\" 61535\n11400000 \"Other\" 99\n"},
    {"03_CAMELS_BR_streamflow_mm_selected_catchments/10500000_streamflow_mm.txt",
     "year month day streamflow_mm qual_control_by_ana qual_flag\n"
     "1980 1 1 nan 1 0\n1980 1 2 2.5 1 1\n"},
    {"03_CAMELS_BR_streamflow_mm_selected_catchments/11400000_streamflow_mm.txt",
     "year month day streamflow_mm qual_control_by_ana qual_flag\n1980 1 2 3.5 1 1\n"},
    {"04_CAMELS_BR_streamflow_simulated/10500000_simulated_streamflow.txt",
     "year month day simulated_streamflow\n1980 1 2 2.25\n"},
    {"05_CAMELS_BR_precipitation_chirps/10500000_precipitation_chirps.txt",
     "year month day precipitation_chirps\n1980 1 2 12\n1980 1 3 13\n"},
    {"05_CAMELS_BR_precipitation_chirps/11400000_precipitation_chirps.txt",
     "year month day precipitation_chirps\n1980 1 2 14\n"},
    {NULL, NULL}};

static const layout_file camels_aus[] = {
    {"CAMELS_AUS_Attributes&Indices_MasterTable.csv",
     "id,station_id,station_name,catchment_area,start_date\n"
     "1,912101A,Gregory River at Gregory Downs,12649,19710101\n2,A2390519,\"Reed, "
     "Beds\",4,19710101\n"},
    {"03_streamflow/streamflow_mmd.csv", "year,month,day,912101A,A2390519\n"
                                         "1980,2,28,-99.99,0.5\n1980,2,29,1.5,-99.99\n"},
    {"03_streamflow/streamflow_MLd.csv", "year,month,day,912101A,A2390519\n1980,2,28,7,7\n"},
    {"05_hydrometeorology/01_precipitation_timeseries/precipitation_AWAP.csv",
     "year,month,day,912101A,A2390519\n1980,2,28,10,20\n1980,2,29,11,21\n1980,3,1,12,-99.99\n"},
    {"05_hydrometeorology/ClimaticIndices.csv", "not,a,table\n"},
    {NULL, NULL}};

static const layout_file preprocessed[] = {
    {"CAMELS_AUS_Attributes&Indices_MasterTable.csv", "station_id,catchment_area\n912101A,12649\n"},
    {"preprocessed/912101A.csv", "date,precipitation_AWAP,streamflow_mmd\n"
                                 "1980-02-28,10,\n1980-02-29,11,1.5\n"},
    {NULL, NULL}};

static const layout_file lamah[] = {
    {"A_basins_total_upstrm/2_timeseries/daily/ID_1.csv",
     "YYYY;MM;DD;DOY;2m_temp_max;2m_temp_mean;prec\n1981;1;1;1;5.5;-0.5;12.5\n"
     "1981;1;2;2;6.5;0.5;0\n"},
    {"A_basins_total_upstrm/1_attributes/Catchment_attributes.csv",
     "ID;area_calc;elev_mean\n1;4668.4;1776\n"},
    {"B_basins_intermediate_all/2_timeseries/daily/ID_1.csv",
     "YYYY;MM;DD;DOY;prec\n1981;1;1;1;77\n"},
    {"D_gauges/2_timeseries/daily/ID_1.csv",
     "YYYY;MM;DD;qobs;ckhs\n1981;1;1;50;1\n1981;1;2;-999;1\n"},
    {"D_gauges/1_attributes/Gauge_attributes.csv", "ID;govnr;name;area_gov\n1;200014;Bangs;864\n"},
    {NULL, NULL}};

static const layout_file lamah_hourly[] = {
    {"A_basins_total_upstrm/2_timeseries/hourly/ID_1.csv",
     "YYYY;MM;DD;hh;mm;2m_temp;prec\n1981;1;1;0;0;5.5;12.5\n1981;1;1;1;0;6.5;0\n"},
    {"D_gauges/2_timeseries/hourly/ID_1.csv",
     "YYYY;MM;DD;hh;mm;qobs;ckhs\n1981;1;1;0;0;36;1\n1981;1;1;1;0;72;1\n"},
    {"D_gauges/1_attributes/Gauge_attributes.csv", "ID;area_gov\n1;129.6\n"},
    {NULL, NULL}};

static const layout_file caravan[] = {
    {"timeseries/csv/camels/camels_01022500.csv",
     "date,total_precipitation_sum,temperature_2m_mean,streamflow\n"
     "1951-01-02,1.5,-3,\n1951-01-03,2.5,-4,0.75\n"},
    {"timeseries/csv/lamah/lamah_200048.csv",
     "date,total_precipitation_sum,temperature_2m_mean,streamflow\n1951-01-02,5,6,7\n"},
    {"attributes/camels/attributes_other_camels.csv",
     "gauge_id,gauge_lat,gauge_name,country,area\ncamels_01022500,44.6,Narraguagus,USA,573.6\n"},
    {"attributes/camels/attributes_caravan_camels.csv",
     "gauge_id,p_mean,aridity\ncamels_01022500,3.1,0.5\n"},
    {"attributes/lamah/attributes_other_lamah.csv",
     "gauge_id,gauge_lat,gauge_name,country,area\nlamah_200048,47.1,1234,AUT,9\n"},
    {NULL, NULL}};

static const char rdb_daily[] =
    "# retrieved: 2020-01-01\n"
    "agency_cd\tsite_no\tdatetime\t68_00060_00003\t68_00060_00003_cd\t69_00010_00001\t"
    "69_00010_00001_cd\n"
    "5s\t15s\t20d\t14n\t10s\t14n\t10s\n"
    "USGS\t01646500\t2020-02-28\t5020\tA\t8.5\tA\n"
    "USGS\t01646500\t2020-02-29\tIce\tA:e\t\t\n"
    "USGS\t01646500\t2020-03-01\t4000\tA:e\t9.5\tP\n";
/* an hour is skipped on 8 March 2020 at 02:00 EST */
static const char rdb_instant[] =
    "# comment\r\nagency_cd\tsite_no\tdatetime\ttz_cd\t68_00060\t68_00060_cd\r\n"
    "5s\t15s\t20d\t6s\t14n\t10s\r\n"
    "USGS\t01646500\t2020-03-08 01:45\tEST\t10\tP\r\n"
    "USGS\t01646500\t2020-03-08 03:00\tEDT\t11\tP\r\n"
    "USGS\t01646500\t2020-03-08 03:15\tEDT\t12\tP\r\n";

#define GRDC_HEAD                                                                                  \
    "# Title:                 GRDC STATION DATA FILE\r\n# Format:                DOS-ASCII\r\n"    \
    "# GRDC-No.:              6335020\r\n# River:                 RHINE RIVER\r\n"                 \
    "# Catchment area (km\xb2):      864.0\r\n# Unit of measure:                  m\xb3/s\r\n"     \
    "# DATA\r\n"
static const char grdc_daily[] = GRDC_HEAD "YYYY-MM-DD;hh:mm; Value\r\n"
                                           "2000-02-28;--:--;    100.000\r\n"
                                           "2000-02-29;--:--;   -999.000\r\n"
                                           "2000-03-01;--:--;     50.000\r\n";
static const char grdc_monthly[] = GRDC_HEAD "YYYY-MM-DD;hh:mm; Original; Calculated; Flag\r\n"
                                             "2000-01-00;--:--;    100.000;   99.000;  31\r\n"
                                             "2000-02-00;--:--;    110.000; -999.000;   0\r\n";
#endif
