//! AWS schedule expressions (cron, rate, at) and when they open maintenance windows.
