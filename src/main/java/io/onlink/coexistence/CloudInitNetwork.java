package io.onlink.coexistence;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * cloud-init writes the network configuration that others then follow, when it takes the host for a new instance. Its own
 * documentation ("Disabling network configuration") has the file that stops it; what it has written stays.
 */
final class CloudInitNetwork implements Claimant {
    private static final String DIRECTORY = "/etc/cloud/cloud.cfg.d";

    /** What it wrote, for each of the others. */
    private static final List<String> RENDERED = List.of(
            "/etc/netplan/50-cloud-init.yaml",
            "/etc/network/interfaces.d/50-cloud-init",
            "/etc/NetworkManager/system-connections/cloud-init-",
            "/etc/systemd/network/10-cloud-init-");

    private static final Pattern DISABLED = Pattern.compile(
            "^network:\\s*(\\{\\s*config:\\s*disabled\\s*}|\\n\\s+config:\\s*disabled)", Pattern.MULTILINE);

    @Override
    public Optional<Claim> claim(Host host, ManagedLinks links) {
        if (!host.exists("/usr/bin/cloud-init") || host.exists("/etc/cloud/cloud-init.disabled") || isDisabled(host)) {
            return Optional.empty();
        }
        List<String> rendered = RENDERED.stream()
                .flatMap(path -> host.list(path.substring(0, path.lastIndexOf('/'))).stream()
                        .filter(file -> file.startsWith(path)))
                .filter(file -> host.read(file).stream()
                        .anyMatch(content -> links.nics().stream().anyMatch(content.text()::contains)))
                .toList();
        if (rendered.isEmpty()) {
            return Optional.empty();
        }
        String what = "wrote %s, and would again if it took this host for a new instance at a boot"
                .formatted(Claimant.named(rendered));
        return Optional.of(new Claim(
                Program.CLOUD_INIT,
                what,
                false,
                Claimant.file(
                                host,
                                Program.CLOUD_INIT,
                                "",
                                DIRECTORY + "/99-onlink-disable-network-config.cfg",
                                "# Onlink: until onlink down\nnetwork: {config: disabled}\n")
                        .toList()));
    }

    private static boolean isDisabled(Host host) {
        return Stream.concat(Stream.of("/etc/cloud/cloud.cfg"), host.list(DIRECTORY).stream())
                .flatMap(file -> host.read(file).stream())
                .anyMatch(content -> DISABLED.matcher(content.text()).find());
    }
}
