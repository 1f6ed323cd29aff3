package io.onlink.model;

/**
 * One uplink of a bridge takes another's place, while both are on one LAN. Only one of them is ever a port: two were a loop. Until the
 * new one is, a {@link Stub} stands in for it. It exists while a change is made, and ends with the process that makes it; no state that
 * somebody wants has one.
 *
 * @param from the uplink that is the bridge's port at first; what comes in by it for one station still passes
 * @param to the uplink by which the bridge's frames leave
 * @param stub the bridge's port that stands in for it
 * @param phase by what the LAN's frames come in
 */
public record Exchange(String from, String to, String stub, Phase phase) {
    /** By what frames come in. */
    public enum Phase {
        /** What comes in by the new uplink comes in by the stub. */
        BY_STUB,
        /** The new uplink is a port itself. */
        BY_PORT
    }

    /** The same when the new uplink is a port. */
    public Exchange byPort() {
        return new Exchange(from, to, stub, Phase.BY_PORT);
    }
}
