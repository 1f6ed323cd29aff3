package io.onlink.load;

import java.util.ArrayList;
import java.util.List;

/** What is on the host and in the agent's state of containers that are gone. Each as whoever keeps it calls it. */
record Remains(
        List<String> links,
        List<String> endpoints,
        List<String> leases,
        List<String> guarded,
        List<String> neighbours) {
    List<String> leaks() {
        List<String> leaks = new ArrayList<>();
        say("link", links, leaks);
        say("endpoint", endpoints, leaks);
        say("lease", leases, leaks);
        say("guarded port", guarded, leaks);
        say("neighbour", neighbours, leaks);
        return leaks;
    }

    private static void say(String kind, List<String> left, List<String> leaks) {
        left.forEach(one -> leaks.add("leaked: %s %s".formatted(kind, one)));
    }
}
