package io.onlink.hostfile;

/** A value of the file and where it stands. */
record Located<T>(T value, Place place) {
    int line() {
        return place.line();
    }
}
