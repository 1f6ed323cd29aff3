package io.onlink.attach;

import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Endpoints whose containers are gone without a word to the agent, or whose links are.
 *
 * @param remove frees an endpoint's link, and ends what is done for it
 */
record GoneEndpoints(
        EndpointStore store,
        HostLinks links,
        SandboxRepair repair,
        LostPorts lostPorts,
        LivingEndpoints lives,
        Consumer<Endpoint> remove) {
    private static final Logger log = LoggerFactory.getLogger(GoneEndpoints.class);

    /**
     * Frees what the engine no longer knows: the agent was down, or failed, when it said so. A link through which frames
     * pass is left alone whatever the engine says: its container lives, and it may be another engine that was asked. Not so one that was
     * made anew since the engine was last seen to know it.
     *
     * @param known ids of all endpoints on Onlink's networks that the engine knows
     */
    void forgetAllBut(Set<String> known) {
        HostLinks.Present present = links.present();
        for (String link : present.names()) {
            if (!present.connected().contains(link) && store.endpointWith(link).isEmpty()) {
                log.info("link {} belongs to no endpoint: removed", link);
                links.remove(link);
            }
        }
        present.waiting().stream()
                .filter(link -> store.endpointWith(link).isEmpty())
                .forEach(links::remove);
        for (Endpoint endpoint : store.endpoints()) {
            if (known.contains(endpoint.id())) {
                lostPorts.confirm(endpoint.id());
                sayIfLinkIsLost(endpoint, present);
            } else if (isConnected(endpoint, present) && !lostPorts.isUnconfirmed(endpoint)) {
                log.warn(
                        "the engine does not know {} on {}, but its container lives: left alone",
                        endpoint.describe(),
                        endpoint.segment());
            } else if (!lives.isYoung(endpoint)) {
                log.info(
                        "{} on {} is gone from the engine: its link and addresses are free",
                        endpoint.describe(),
                        endpoint.segment());
                remove.accept(endpoint);
                store.removeEndpoint(endpoint.id());
            }
        }
    }

    private boolean isConnected(Endpoint endpoint, HostLinks.Present present) {
        return present.connected().contains(endpoint.hostLink())
                || (lives.isOnUplink(endpoint) && repair.has(endpoint));
    }

    private void sayIfLinkIsLost(Endpoint endpoint, HostLinks.Present present) {
        boolean isThere = lives.isOnUplink(endpoint)
                ? links.exists(endpoint.sandboxLink()) || repair.has(endpoint)
                : present.names().contains(endpoint.hostLink());
        String sandbox = endpoint.sandbox();
        if (sandbox == null || isThere) {
            return;
        }
        if (!repair.exists(sandbox)) {
            log.warn(
                    "{} on {} has lost its link {}, and its sandbox is not there; 'docker restart' makes both anew",
                    endpoint.describe(),
                    endpoint.segment(),
                    endpoint.hostLink());
        } else if (repair.has(endpoint) && links.otherName(endpoint).isEmpty()) {
            log.warn(
                    "{} on {} has its interface, and no link of the host's is called {} or has its alias: if it was given another name, nothing guards it; 'docker restart' makes it anew",
                    endpoint.describe(),
                    endpoint.segment(),
                    endpoint.hostLink());
        }
    }
}
