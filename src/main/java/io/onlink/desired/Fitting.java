package io.onlink.desired;

import io.onlink.hostfile.HostFile;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A host file less those parts that do not fit: their links stay as they are, with all that hangs on them. */
final class Fitting {
    private final HostFile file;
    private final Found found;
    private final NetworkState observed;
    private final Set<String> unfit = new TreeSet<>();

    Fitting(HostFile file, Found found, NetworkState observed) {
        this.file = file;
        this.found = found;
        this.observed = observed;
    }

    Desired desired() {
        Set<String> misfits = new LinkedHashSet<>();
        HostFile rest = file;
        while (true) {
            Overlay overlay = new Overlay(rest, found, observed, true);
            Desired desired = overlay.build();
            misfits.addAll(desired.misfits());
            if (overlay.unfit().isEmpty()) {
                return unfit.isEmpty()
                        ? desired
                        : new Desired(withUnfitAsObserved(desired.state()), desired.managed(), List.copyOf(misfits));
            }
            // Less than before: each is a link of a part that was in the rest.
            unfit.addAll(overlay.unfit());
            rest = file.without(unfit);
        }
    }

    private NetworkState withUnfitAsObserved(NetworkState desired) {
        NetworkState.Builder state = desired.toBuilder();
        for (String name : unfit) {
            state.remove(name);
            state.neighbours.removeIf(neighbour -> neighbour.link().equals(name));
        }
        for (String name : unfit) {
            Link link = observed.link(name);
            if (link == null) {
                continue;
            }
            state.put(link);
            state.addresses.addAll(observed.addressesOf(name));
            observed.neighbours().stream()
                    .filter(neighbour -> neighbour.link().equals(name))
                    .forEach(state.neighbours::add);
            observed.routes().stream()
                    .filter(route -> route.uses(name) && !state.routes.contains(route))
                    .forEach(state.routes::add);
            observed.sysctls().forEach((sysctl, value) -> {
                if (NetworkState.isSysctlOf(name, sysctl)) {
                    state.sysctls.put(sysctl, value);
                }
            });
        }
        keepPorts(state);
        keepWhatWasMade(state);
        return state.build();
    }

    private void keepPorts(NetworkState.Builder state) {
        for (Link link : observed.links().values()) {
            Link current = state.links.get(link.name());
            String master = link.master();
            if (current != null && current.master() == null && master != null && unfit.contains(master)) {
                state.put(current.withMaster(master));
            }
        }
        for (String name : unfit) {
            Link link = state.links.get(name);
            if (link != null && link.master() != null && !state.links.containsKey(link.master())) {
                state.put(link.withMaster(null));
            }
        }
    }

    /** Rules and routes of no link have no part's name on them: whatever the fitting parts do not ask for is the others'. */
    private void keepWhatWasMade(NetworkState.Builder state) {
        observed.rules().stream()
                .filter(rule -> found.made().contains(rule) && !state.rules.contains(rule))
                .forEach(state.rules::add);
        observed.routes().stream()
                .filter(route -> route.isLinkless()
                        && found.madeRoutes().stream().anyMatch(route::hasSameEffectAs)
                        && state.routes.stream().noneMatch(route::hasSameEffectAs))
                .forEach(state.routes::add);
    }
}
