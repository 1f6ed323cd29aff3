package io.onlink.hostfile;

/**
 * Where a value stands, for people.
 *
 * @param path its keys from the top, {@code segments.Service-Segment.addresses[0]}; empty for the whole file
 */
record Place(String path, Position position) {
    Place key(String key, Position keyPosition) {
        return new Place(path.isEmpty() ? key : path + "." + key, keyPosition);
    }

    Place element(int index, Position elementPosition) {
        return new Place(path + "[" + index + "]", elementPosition);
    }

    int line() {
        return position.line();
    }
}
