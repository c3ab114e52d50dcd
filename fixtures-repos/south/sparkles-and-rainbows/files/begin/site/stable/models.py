# The models live elsewhere: South goes by what its migrations have frozen.
