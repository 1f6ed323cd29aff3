package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import io.onlink.apply.Journal;
import io.onlink.attach.Conflict;
import io.onlink.attach.Endpoint;
import io.onlink.attach.SegmentNetwork;
import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.PacketSocket;
import io.onlink.model.Admission;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.nftables.GuardTable;
import io.onlink.nftables.GuardedPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code onlink status} says of hosts that are not as they should be, or cannot be. Needs root. */
class StatusIT {
    private static final Path FILE = Path.of("src/test/resources/golden/wrong-files/right.yaml");

    @Test
    void whatTheKernelCannotDoIsLeftOutAndNotDrift() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", Path.of("examples/scenario.yaml"))) {
            LabHost.Said applied = host.onlink("apply", "--yes", "--skip-unsupported");
            assertThat(applied.exitCode()).as(applied.text()).isZero();
            LabHost.Said status = host.onlink("status");
            assertThat(status.text()).contains("No drift").matches("(?s).*mgmt0 +10 +eth2 +(left out|up)\n.*");
            assertThat(status.exitCode()).isZero();
        }
    }

    @Test
    void aChangeThatWaitsIsShownAndMeasuredBy() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", FILE)) {
            assertThat(host.onlink("status"))
                    .matches(said -> said.exitCode() == 3 && said.text().contains("no host file was applied yet"));
            Process applying = host.startJava("io.onlink.cli.Onlink", "apply", "--yes", "--confirm", "600");
            while (applying.isAlive() && !isOpen(host, Journal.Phase.WAITING)) {
                Thread.sleep(50);
            }
            LabHost.Said plan = host.onlink("plan");
            assertThat(plan.text())
                    .startsWith("open: a change waits until ")
                    .contains("'onlink confirm' makes it stay", "'onlink rollback' takes it back at once")
                    .endsWith("Nothing to do: the host is as the file says.\n");
            assertThat(plan.exitCode()).isZero();
            assertThat(host.onlink("plan", "--json").text()).contains("\"open\" : \"a change waits until ");
            LabHost.Said waiting = host.onlink("status");
            assertThat(waiting.text())
                    .contains("open: a change waits until ", "for 'onlink confirm'", "No drift")
                    .matches("(?s).*Service-Segment +bridge +br0 +eth0 +up +192.168.22.217/24 .*");
            assertThat(waiting.exitCode()).isEqualTo(1);
            assertThat(host.onlink("confirm").exitCode()).isZero();
            assertThat(applying.waitFor()).isZero();
            assertThat(host.onlink("status"))
                    .matches(said -> said.exitCode() == 0 && !said.text().contains("open:"));
        }
    }

    /** What a crash in the middle leaves, with nobody who would take it back. */
    @Test
    void aChangeThatWasLeftHalfDoneIsShown() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", FILE)) {
            Process applying = host.startJava("io.onlink.cli.Onlink", "apply", "--yes", "--confirm", "600");
            while (applying.isAlive() && !isOpen(host, Journal.Phase.WAITING)) {
                Thread.sleep(50);
            }
            ProcessHandle guard = ProcessHandle.allProcesses()
                    .filter(process -> isGuardOf(process, applying.pid()))
                    .findFirst()
                    .orElseThrow();
            guard.destroyForcibly();
            assertThat(applying.destroyForcibly().waitFor()).isEqualTo(137);
            guard.onExit().join();
            Path journal = host.state().path().resolve("journal.json");
            Files.writeString(journal, Files.readString(journal).replace("\"WAITING\"", "\"OPEN\""));

            LabHost.Said plan = host.onlink("plan");
            assertThat(plan.text())
                    .startsWith("open: a change is under way, or was begun and not finished; ")
                    .contains("'onlink rollback'", "'onlink boot'");
            assertThat(plan.exitCode()).isZero();
            assertThat(host.onlink("status").text())
                    .contains("open: a change is under way, or was begun and not finished; ")
                    .contains("'onlink rollback'", "'onlink boot'");

            // One that cannot be read is said, and keeps nobody from the plan.
            String text = Files.readString(journal);
            Files.writeString(journal, text.substring(0, 20));
            plan = host.onlink("plan");
            assertThat(plan.text()).startsWith("open: reading ").contains("journal.json: ");
            assertThat(plan.exitCode()).isZero();
            Files.writeString(journal, text);
            LabHost.Said rollback = host.onlink("rollback");
            assertThat(rollback.exitCode()).as(rollback.text()).isZero();
            assertThat(host.onlink("plan").text()).doesNotContain("open:");
        }
    }

    private static boolean isOpen(LabHost host, Journal.Phase phase) {
        return host.state()
                .readJournal()
                .filter(journal -> journal.phase() == phase)
                .isPresent();
    }

    private static boolean isGuardOf(ProcessHandle process, long guarded) {
        return process.info()
                .arguments()
                .map(List::of)
                .filter(words -> words.contains("guard") && words.getLast().equals(Long.toString(guarded)))
                .isPresent();
    }

    @Test
    void aNicThatIsGoneIsShown() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", FILE)) {
            assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
            host.output("host", "ip", "link", "delete", "eth0");
            LabHost.Said status = host.onlink("status");
            assertThat(status.text())
                    .matches("(?s).*Service-Segment +bridge +br0 +eth0 +bridge no carrier .*")
                    .matches("(?s).*Access-Segment +bridge +br1 +eth1 +up .*")
                    .contains("'onlink apply' would refuse:", "this host has no link eth0");
            assertThat(status.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void whoHasAnAddressOutsideIsNamed() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", FILE)) {
            assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
            try (Store store = Store.open(host.state().path().resolve("onlink.db"), InstantSource.system())) {
                store.put(new Conflict(
                        "Service-Segment",
                        IpAddress.parse("192.168.22.222"),
                        "container web",
                        MacAddress.parse("02:00:5e:00:53:77"),
                        Instant.now().minusSeconds(60),
                        Instant.now(),
                        3));
            }
            assertThat(host.onlink("status").text())
                    .matches(
                            "(?s).*192.168.22.222 +Service-Segment +container web +02:00:5e:00:53:77 +2\\S+Z +2\\S+Z +3\n.*");
            assertThat(host.onlink("status", "--json").text()).contains("\"holder\" : \"02:00:5e:00:53:77\"");
        }
    }

    @Test
    void whatWasDroppedIsNamed() throws IOException, InterruptedException {
        String link = "onl0123456789a";
        MacAddress mac = MacAddress.parse("02:42:c0:a8:16:de");
        Endpoint endpoint = new Endpoint(
                "0123456789abcdef",
                "network",
                "Service-Segment",
                InterfaceAddress.parse("192.168.22.222/24"),
                null,
                mac,
                null,
                null,
                "web",
                Instant.now());
        try (LabHost host = LabHost.up("status", FILE)) {
            assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
            try (Store store = Store.open(host.state().path().resolve("onlink.db"), InstantSource.system())) {
                store.put(new SegmentNetwork("network", "Service-Segment"), List.of());
                store.put(endpoint);
            }
            host.output("host", "ip", "link", "add", link, "type", "veth", "peer", "name", "c1");
            NetworkNamespace network = new NetworkNamespace(host.network());
            try (GuardTable guard = network.call(GuardTable::open)) {
                IpAddress ip = IpAddress.parse("192.168.22.222");
                guard.replaceAll(List.of(new GuardedPort(link, mac, List.of(ip), false, Admission.OPEN)));
            }
            host.output("host", "ip", "link", "set", link, "master", "br0", "up");
            host.output("host", "ip", "link", "set", "c1", "addrgenmode", "none", "up");
            int index = Integer.parseInt(
                    host.output("host", "ip", "-o", "link", "show", "c1").split(":", 2)[0]);
            try (PacketSocket inside = network.call(() -> PacketSocket.open(index, 0x0003))) {
                inside.send(HexFormat.of().parseHex("ffffffffffff" + "020000000001" + "0800" + "00".repeat(46)));
                inside.send(HexFormat.of().parseHex("ffffffffffff" + "0242c0a816de" + "88cc" + "00".repeat(46)));
            }
            assertThat(host.onlink("status").text())
                    .matches(
                            "(?s).*container web +Service-Segment +" + link + " +1 +source MAC address not its own\n.*")
                    .matches("(?s).*container web +Service-Segment +" + link + " +1 +neither IPv4, IPv6 nor ARP\n.*");
            assertThat(host.onlink("status", "--json").text()).contains("\"reason\" : \"mac\"");
        }
    }
}
