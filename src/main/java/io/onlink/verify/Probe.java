package io.onlink.verify;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import org.jspecify.annotations.Nullable;

/** How a target is asked in one state of the network. It prints as what is asked, from where and over what. */
sealed interface Probe {
    /**
     * Who has this address? By ARP, or neighbour solicitation, in a frame of our own: what the kernel remembers plays no
     * part.
     *
     * @param link by which it goes out, and by which the answer must come in
     * @param mac of the link
     * @param source an address of the link on the target's network; the unspecified one to ask who else has an address of
     *     this host (RFC 5227, 2.1.1; RFC 4862, 5.4.2)
     */
    record Solicitation(String link, int index, MacAddress mac, IpAddress source, IpAddress target) implements Probe {
        /** Whether who else has an address of this host is asked. */
        boolean isDetection() {
            return source.isUnspecified();
        }

        @Override
        public String toString() {
            return "%s for %s from %s (%s)".formatted(protocol(target), target, link, source);
        }
    }

    /**
     * Are you there? By an ICMP echo, which the kernel's routes lead and its neighbours carry.
     *
     * @param vrf whose table leads it; null for the main one
     * @param scope index of the link of a link-local target, else 0
     * @param link by which it is expected to leave; null for a peer beyond routers
     * @param source an address of that link; null with it
     */
    record Echo(
            IpAddress target,
            @Nullable String vrf,
            int scope,
            @Nullable String link,
            @Nullable IpAddress source) implements Probe {
        @Override
        public String toString() {
            String from = link == null ? "the host's routes" : "%s (%s)".formatted(link, source);
            return "ICMP%s echo to %s from %s%s"
                    .formatted(
                            target.family() == Family.IPV6 ? "v6" : "",
                            target,
                            from,
                            vrf == null ? "" : " in VRF " + vrf);
        }
    }

    /**
     * Are you there? By an ICMP echo from an address of this host, on the way that packets of a connection take which has that
     * address.
     *
     * @param link that has it
     */
    record EchoFrom(IpAddress target, String link, IpAddress source) implements Probe {
        @Override
        public String toString() {
            return "ICMP%s echo to %s from %s (%s), by the rules of that address"
                    .formatted(target.family() == Family.IPV6 ? "v6" : "", target, link, source);
        }
    }

    /**
     * It cannot be asked.
     *
     * @param reason in words, the place included
     */
    record Impossible(String reason) implements Probe {
        @Override
        public String toString() {
            return "no probe: " + reason;
        }
    }

    static String protocol(IpAddress target) {
        return target.family() == Family.IPV4 ? "ARP" : "neighbour discovery";
    }
}
