@rem The scripts in package.json start with `exec`, so that on POSIX no shell stands between npm and the program. This is it for cmd.exe.
@%*
