package io.onlink.apply;

/** The host files of {@link FaultTableIT}. */
final class FaultFiles {
    static final String FIRST = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            """;

    static final String ADDRESS_MORE = FIRST.replace("217:1/64\"]", "217:1/64\", 192.168.22.218/24]");

    static final String ROUTER_MOVED =
            FIRST.replace("via: 192.168.22.1 ", "via: 192.168.22.2 ").replace("face::1\"", "face::2\"");

    static final String BRIDGE_RENAMED = FIRST.replace("br0", "lan0");

    static final String ANOTHER_UPLINK = FIRST.replace("uplink: eth0", "uplink: eth1") + """
            ethernets:
              eth0: { addresses: [10.7.0.1/24] }
            """;

    static final String INTO_A_VRF = """
            version: 1
            ethernets:
              eth0:
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
            vrfs:
              mgmt0:
                table: 10
                interfaces: [eth0]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            """;

    static final String WITH_A_VLAN = FIRST + """
              Tagged:
                bridge: br1
                uplink: eth0
                vlan: 10
                addresses: [192.168.52.217/24, "2001:db8:52::217/64"]
            """;

    static final String ANOTHER_VLAN = WITH_A_VLAN.replace("vlan: 10", "vlan: 20");

    static final String VLAN_ALONE =
            "version: 1\nsegments:\n" + WITH_A_VLAN.substring(WITH_A_VLAN.indexOf("  Tagged:"));

    private FaultFiles() {}
}
