#!/usr/bin/python3
"""Makes tests/golden/netcdf: small files as xarray and netCDF4 write them, which the readers must understand.
Made with xarray 2023.01.0, netCDF4 1.6.2, numpy 1.24.2 (Debian 12)."""
import os
import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

out = os.path.join(os.path.dirname(__file__), "..", "tests", "golden", "netcdf")
os.makedirs(out, exist_ok=True)

# Hourly CAMELS-US: all sites in one file, names as text.
date = pd.date_range("2000-02-28 22:00", periods=5, freq="h")
rain = np.array([[0, 0.5, 1, 1.5, 2], [10, 11, 12, 13, np.nan]], dtype="float32")
flow = np.array([[0.1, 0.2, -1, 0.4, np.nan], [1, 2, 3, 4, 5]], dtype="float64")
hourly = xr.Dataset(
    {"total_precipitation": (("basin", "date"), rain), "qobs_mm_per_hour": (("basin", "date"), flow),
     "elevation": (("basin",), np.array([1.0, 2.0]))},
    coords={"basin": ["02064000", "01022500"], "date": date})
hourly.to_netcdf(os.path.join(out, "usgs-streamflow-nldas_hourly.nc"))
# the same turned over, names as characters, packed
turned = hourly.transpose("date", "basin").assign_coords(basin=np.array(["02064000", "01022500"], dtype="S8"))
turned.to_netcdf(os.path.join(out, "usgs-streamflow-turned_hourly.nc"),
                 encoding={"total_precipitation": {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -32767}})

# Caravan: one site a file.
day = pd.date_range("1951-01-02", periods=3)
xr.Dataset({"total_precipitation_sum": (("date",), np.array([1.5, 2.5, 3.5], dtype="float32")),
            "streamflow": (("date",), np.array([np.nan, 0.75, 1], dtype="float32"))},
           coords={"date": day}).to_netcdf(os.path.join(out, "camels_01022500.nc"))

# A calendar without leap days: 28 February 2000 and the two days after it there.
with netCDF4.Dataset(os.path.join(out, "noleap.nc"), "w", format="NETCDF3_CLASSIC") as nc:
    nc.createDimension("date", 3)
    v = nc.createVariable("date", "f8", ("date",))
    v.units = "days since 1999-03-01 00:00:00"
    v.calendar = "noleap"
    v[:] = [364, 365, 366]
    q = nc.createVariable("q", "f4", ("date",))
    q[:] = [1, 2, 3]
with netCDF4.Dataset(os.path.join(out, "360_day.nc"), "w", format="NETCDF3_CLASSIC") as nc:
    nc.createDimension("date", 2)
    v = nc.createVariable("date", "f8", ("date",))
    v.units = "days since 1999-03-01"
    v.calendar = "360_day"
    v[:] = [0, 1]
    nc.createVariable("q", "f4", ("date",))[:] = [1, 2]
