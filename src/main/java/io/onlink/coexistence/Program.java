package io.onlink.coexistence;

/** A program that may configure links, or what passes through them. */
public enum Program {
    NETWORK_MANAGER("NetworkManager"),
    NETWORKD("systemd-networkd"),
    NETPLAN("netplan"),
    IFUPDOWN("ifupdown"),
    CLOUD_INIT("cloud-init"),
    FIREWALLD("firewalld"),
    SYSTEMD("systemd");

    private final String label;

    Program(String label) {
        this.label = label;
    }

    /** As its own documentation writes it. */
    @Override
    public String toString() {
        return label;
    }
}
