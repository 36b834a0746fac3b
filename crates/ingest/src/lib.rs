//! The landing zone: devices drop files into folders, by SFTP, SMB, FTP or whatever else writes files there. What is
//! complete is hashed, looked up in the ledger, paired, optimised, proven, delivered and confirmed; only then the
//! original is let go.
