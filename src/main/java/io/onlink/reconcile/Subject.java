package io.onlink.reconcile;

import io.onlink.model.Family;
import io.onlink.model.Rule;

/**
 * A part of the host that drifts, is put right and is given up on as one. Fine enough that a fight about one part leaves
 * the others to be repaired; coarse enough that a route is never put back without the address that leads to its router.
 */
sealed interface Subject {
    /** How an administrator would call it. */
    String describe();

    /** Whether it is left alone once it was put right too often. */
    default boolean mayBeGivenUp() {
        return true;
    }

    /** A link itself: that it is there and up, its MAC address, master, bridge options and sysctls. */
    record OfLink(String link) implements Subject {
        @Override
        public String describe() {
            return link;
        }
    }

    /** A link's addresses and the routes by it. */
    record Addressing(String link, Family family) implements Subject {
        @Override
        public String describe() {
            return "%s on %s".formatted(family == Family.IPV4 ? "IPv4" : "IPv6", link);
        }
    }

    record OfRule(Rule rule) implements Subject {
        @Override
        public String describe() {
            return "%s rule %d".formatted(rule.family() == Family.IPV4 ? "IPv4" : "IPv6", rule.priority());
        }
    }

    /** A sysctl that is no link's. */
    record OfSysctl(String name) implements Subject {
        @Override
        public String describe() {
            return "sysctl " + name.replace('/', '.');
        }
    }

    /** The firewall of the host itself. */
    record HostFirewall() implements Subject {
        @Override
        public String describe() {
            return "the host's firewall";
        }

        /** Without it everybody gets in. */
        @Override
        public boolean mayBeGivenUp() {
            return false;
        }
    }

    /** Something about the host's side of a container's link. */
    sealed interface OfPort extends Subject {
        String link();
    }

    /** That it is there, a port of its bridge, and up. */
    record Port(String link, String endpoint) implements OfPort {
        @Override
        public String describe() {
            return "%s of %s".formatted(link, endpoint);
        }
    }

    /** Its options and its MTU: whoever fights about one of them does not keep the port from its bridge. */
    record PortOptions(String link, String endpoint) implements OfPort {
        @Override
        public String describe() {
            return "options of %s of %s".formatted(link, endpoint);
        }
    }

    /** The file, where it does not fit the host any more. */
    record Host() implements Subject {
        @Override
        public String describe() {
            return "the host";
        }
    }
}
