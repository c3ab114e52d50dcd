# ${message}
