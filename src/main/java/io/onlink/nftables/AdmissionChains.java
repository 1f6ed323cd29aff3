package io.onlink.nftables;

import io.onlink.model.Admission;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The chains that ports need, each once: two admissions may say the same in other words. A value.
 *
 * @param users how many ports need each; at least 1
 */
record AdmissionChains(Map<AdmissionChain, Integer> users) {
    static final AdmissionChains NONE = new AdmissionChains(Map.of());

    AdmissionChains {
        users = Map.copyOf(users);
    }

    static AdmissionChains of(Iterable<GuardedPort> ports) {
        Map<Admission, AdmissionChain> chains = new HashMap<>();
        Map<AdmissionChain, Integer> users = new HashMap<>();
        for (GuardedPort port : ports) {
            if (port.admission().closed()) {
                users.merge(chains.computeIfAbsent(port.admission(), AdmissionChain::of), 1, Integer::sum);
            }
        }
        return new AdmissionChains(users);
    }

    AdmissionChains with(GuardedPort port) {
        return changed(port, 1);
    }

    AdmissionChains without(@Nullable GuardedPort port) {
        return port == null ? this : changed(port, -1);
    }

    private AdmissionChains changed(GuardedPort port, int by) {
        if (!port.admission().closed()) {
            return this;
        }
        Map<AdmissionChain, Integer> changed = new HashMap<>(users);
        AdmissionChain chain = AdmissionChain.of(port.admission());
        changed.put(chain, changed.getOrDefault(chain, 0) + by);
        changed.values().removeIf(count -> count == 0);
        return new AdmissionChains(changed);
    }

    /** The commands that make those which were not there. */
    String creations(AdmissionChains before) {
        return users.keySet().stream()
                .filter(chain -> !before.users.containsKey(chain))
                .map(AdmissionChain::creation)
                .sorted()
                .collect(Collectors.joining());
    }

    /** The commands that remove those which are not needed any more. */
    String deletions(AdmissionChains after) {
        return users.keySet().stream()
                .filter(chain -> !after.users.containsKey(chain))
                .map(AdmissionChain::name)
                .map(AdmissionChain::deletion)
                .sorted()
                .collect(Collectors.joining());
    }
}
