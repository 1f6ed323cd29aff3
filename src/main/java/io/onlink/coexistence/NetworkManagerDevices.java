package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * NetworkManager manages every Ethernet device that nobody told it not to: with a profile, with one it makes up, or, where
 * somebody else configured the device, by watching ("externally"). See NetworkManager.conf(5), unmanaged-devices.
 *
 * <p>It is told by files in /run: after a reboot it brings the NIC up as installed, and Onlink adopts it from there, as it
 * did the first time. A host whose Onlink is gone thus comes back.
 */
final class NetworkManagerDevices implements Claimant {
    /** "10 (unmanaged)" of {@code nmcli}: NMDeviceState of the D-Bus interface. */
    private static final String UNMANAGED = "10 ";

    @Override
    public Optional<Claim> claim(Host host, ManagedLinks links) {
        if (!host.runs(Service.NETWORK_MANAGER)) {
            return Optional.empty();
        }
        List<Device> managed =
                links.nics().stream().flatMap(nic -> managed(host, nic)).toList();
        // Of a NIC that it leaves alone on our word the bridge may be another one now.
        boolean isTold = links.nics().stream().anyMatch(nic -> host.exists(path(nic)));
        if (managed.isEmpty() && !isTold) {
            return Optional.empty();
        }
        List<Instruction> instructions = new ArrayList<>();
        for (Device device : managed) {
            if (!device.uuid().isEmpty() && !device.isExternal()) {
                instructions.add(new Instruction.ResumeProfile(device.name(), device.uuid()));
            }
        }
        links.names().forEach(link -> release(host, link).forEach(instructions::add));
        if (instructions.isEmpty()) {
            return Optional.empty();
        }
        if (managed.isEmpty()) {
            return Optional.of(new Claim(Program.NETWORK_MANAGER, Claimant.NEW_LINKS, true, instructions));
        }
        String what = "runs and manages %s: it would put back what Onlink moves to a bridge"
                .formatted(Claimant.named(
                        managed.stream().map(device -> device.described(host)).toList()));
        return Optional.of(new Claim(Program.NETWORK_MANAGER, what, true, instructions));
    }

    /** "+=" and not "=": other files of the administrator's name devices too. */
    private static Stream<Instruction> release(Host host, String link) {
        return Claimant.file(
                host,
                Program.NETWORK_MANAGER,
                link,
                path(link),
                "# Onlink: until a reboot or onlink down\n[keyfile]\nunmanaged-devices+=interface-name:%s\n"
                        .formatted(link));
    }

    private static String path(String link) {
        return "/run/NetworkManager/conf.d/90-onlink-%s.conf".formatted(link.replace("*", ""));
    }

    private static Stream<Device> managed(Host host, String nic) {
        return device(host, nic).filter(device -> !device.state().startsWith(UNMANAGED)).stream();
    }

    private static Optional<Device> device(Host host, String nic) {
        Host.Answer answer = host.run(List.of(
                "nmcli",
                "--escape",
                "no",
                "--get-values",
                "GENERAL.STATE,GENERAL.CONNECTION,GENERAL.CON-UUID",
                "device",
                "show",
                nic));
        List<String> lines = answer.output().lines().toList();
        return answer.isYes() && lines.size() >= 3
                ? Optional.of(new Device(nic, lines.get(0), lines.get(1), lines.get(2)))
                : Optional.empty();
    }

    /** Those links that it still manages, of those it was told to leave alone. */
    static List<String> stillManaged(Host host, List<Instruction> told) {
        return told.stream()
                .map(Instruction::link)
                .distinct()
                .filter(link -> !link.endsWith("*"))
                .flatMap(link -> managed(host, link))
                .map(Device::name)
                .toList();
    }

    /**
     * Gives devices back to their profiles without a gap. A restarted NetworkManager takes up the profile that its own
     * notes of the device name (/run/NetworkManager/devices), where the device is configured as that says; without, it
     * would only watch the device, and {@code nmcli connection up} empties it first (IPv6 is away for a second). It writes
     * these notes when it stops, so they are amended between stop and start; by a process of its own session, which a
     * kill of ours does not reach in between. One that ignores the notes watches: the addresses stay all the same.
     */
    static void giveBack(Host host, List<Instruction.ResumeProfile> profiles) {
        if (!host.runs(Service.NETWORK_MANAGER)) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("setsid", "--wait", "sh", "-c", RESUME, "onlink"));
        command.add(Service.NETWORK_MANAGER.unit());
        for (Instruction.ResumeProfile profile : profiles) {
            host.indexOf(profile.link()).ifPresent(index -> {
                command.add("/run/NetworkManager/devices/" + index);
                command.add(profile.uuid());
            });
        }
        OtherPrograms.require(host.run(command), command);
    }

    private static final String RESUME = """
            unit=$1
            shift
            systemctl stop "$unit"
            while [ $# -ge 2 ]; do
              if [ -e "$1" ] && ! grep -q ^connection-uuid= "$1"; then
                sed -i "s/^\\[device]$/[device]\\nmanaged=true\\nconnection-uuid=$2/" "$1"
              fi
              shift 2
            done
            systemctl start "$unit"
            """;

    private record Device(String name, String state, String connection, String uuid) {
        boolean isExternal() {
            return state.contains("externally");
        }

        String described(Host host) {
            if (uuid.isEmpty()) {
                return name;
            }
            return "%s (profile '%s'%s)"
                    .formatted(
                            name,
                            connection,
                            fileOf(host).map(file -> ", " + file).orElse(""));
        }

        private Optional<String> fileOf(Host host) {
            String begin = uuid + ":";
            return host.run(List.of(
                            "nmcli", "--terse", "--escape", "no", "--fields", "UUID,FILENAME", "connection", "show"))
                    .output()
                    .lines()
                    .filter(line -> line.startsWith(begin))
                    .map(line -> line.substring(begin.length()))
                    .findFirst();
        }
    }
}
