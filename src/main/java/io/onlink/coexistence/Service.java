package io.onlink.coexistence;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A daemon that has to read its configuration anew. It is restarted and not told to reload: on a reload NetworkManager
 * (1.42, {@code nmcli general reload conf}) and systemd-networkd (252, {@code networkctl reload}) take the addresses away
 * from a link that they are to leave alone, and the host is cut off; on a restart both leave what is configured as it is.
 * Measured by {@code OtherProgramsIT}.
 */
enum Service {
    NETWORK_MANAGER("NetworkManager.service"),
    NETWORKD("systemd-networkd.service"),
    FIREWALLD("firewalld.service");

    private final String unit;

    Service(String unit) {
        this.unit = unit;
    }

    String unit() {
        return unit;
    }

    /** One that is stopped stays so. */
    List<String> restart() {
        return List.of("systemctl", "try-restart", unit);
    }

    /** Those that have to read again what these write. */
    static Set<Service> of(List<Instruction> instructions) {
        Set<Service> services = EnumSet.noneOf(Service.class);
        for (Instruction instruction : instructions) {
            Service service = of(instruction.program());
            if (service != null) {
                services.add(service);
            }
        }
        return services;
    }

    private static @Nullable Service of(Program program) {
        return switch (program) {
            case NETWORK_MANAGER -> NETWORK_MANAGER;
            case NETWORKD -> NETWORKD;
            // They run when called, or are told directly.
            case NETPLAN, IFUPDOWN, CLOUD_INIT, FIREWALLD, SYSTEMD -> null;
        };
    }
}
