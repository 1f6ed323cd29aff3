package io.onlink.apply;

/**
 * Something that a change goes on without, as this kernel cannot have it. As text, what people are told of it.
 *
 * @param part what sort of thing it is
 * @param name of the segment or the route's destination, or the names of the VRFs; empty where there is one only
 * @param why and what becomes of it
 */
public record LeftOut(Part part, String name, String why) {
    /** What may be left out. */
    public enum Part {
        /** All VRFs of the file, and what is in them. */
        VRFS("VRF"),
        SEGMENT("segment"),
        /** The host's own. */
        FIREWALL("firewall"),
        /** What keeps frames from being lost in the moment of the change. */
        REDIRECTS("redirects"),
        /** One that the host had, and that cannot be given back. */
        ROUTE("route");

        private final String word;

        Part(String word) {
            this.word = word;
        }
    }

    static LeftOut of(Part part, String why) {
        return new LeftOut(part, "", why);
    }

    @Override
    public String toString() {
        return part.word + (name.isEmpty() ? "" : " " + name) + ": " + why;
    }
}
