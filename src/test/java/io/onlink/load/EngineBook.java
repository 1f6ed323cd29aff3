package io.onlink.load;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The endpoints that an engine knows: it lists them from CreateEndpoint's answer until before it calls DeleteEndpoint. */
final class EngineBook {
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    /**
     * An endpoint of a container.
     *
     * @param sandbox path of a network namespace, once it has joined; null before
     */
    record Entry(
            int life,
            String endpoint,
            String segment,
            String ipv4,
            @Nullable String ipv6,
            String mac,
            @Nullable String sandbox) {
        String container() {
            return "%064x".formatted(life);
        }

        String name() {
            return "container-" + life;
        }

        Entry in(String itsSandbox) {
            return new Entry(life, endpoint, segment, ipv4, ipv6, mac, itsSandbox);
        }

        boolean isOfContainer(String idOrName) {
            return idOrName.equals(container()) || idOrName.equals(name());
        }
    }

    void put(Entry entry) {
        entries.put(entry.endpoint(), entry);
    }

    void joined(String endpoint, String sandbox) {
        entries.computeIfPresent(endpoint, (_, entry) -> entry.in(sandbox));
    }

    void remove(String endpoint) {
        entries.remove(endpoint);
    }

    Collection<Entry> all() {
        return List.copyOf(entries.values());
    }

    Optional<Entry> ofContainer(String idOrName) {
        return all().stream().filter(entry -> entry.isOfContainer(idOrName)).findFirst();
    }
}
