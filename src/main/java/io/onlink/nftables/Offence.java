package io.onlink.nftables;

/** Why a frame was dropped. Each has a set in the table, where every port that did it has a counter. */
public enum Offence {
    MAC("mac", "source MAC address not its own"),
    PROTOCOL("protocol", "neither IPv4, IPv6 nor ARP"),
    ARP("arp", "ARP in another's name"),
    IPV4("ipv4", "IPv4 source not its own"),
    IPV6("ipv6", "IPv6 source not its own"),
    NEIGHBOUR("neighbour", "neighbour discovery in another's name"),
    ROUTER("router", "router advertisement, redirect or multicast query"),
    DHCP("dhcp", "DHCP server's answer"),
    MALFORMED("malformed", "cut short, or its headers hidden in fragments"),
    ISOLATED("isolated", "to another isolated container"),
    /** The port is the one that was to be reached. */
    REFUSED("refused", "not let in by the firewall");

    private final String name;
    private final String words;

    Offence(String name, String words) {
        this.name = name;
        this.words = words;
    }

    /** One word, as it is called in JSON and in the name of its set. */
    @Override
    public String toString() {
        return name;
    }

    /** For an administrator. */
    public String words() {
        return words;
    }

    /** Of the set with the counters. */
    String set() {
        return "dropped-" + name;
    }

    /** The statement that counts and drops. */
    String drop() {
        return "update @" + set() + " { " + (this == REFUSED ? "oifname" : "iifname") + " } drop";
    }
}
