package io.onlink.coexistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Services in a VRF: what systemd is told, when, and that nobody is restarted for nothing. */
class BoundServicesTest {
    private static final String SSH = "/run/systemd/system/ssh.service.d/50-onlink-vrf.conf";
    private static final String CHRONY = "/run/systemd/system/chronyd.service.d/50-onlink-vrf.conf";
    private static final String RESOLVER = "/run/onlink/vrf/mgmt0/resolv.conf";
    private static final Set<Program> SYSTEMD = Set.of(Program.SYSTEMD);

    private final RecordedHost host;

    BoundServicesTest() throws IOException {
        host = new RecordedHost(Path.of("src/test/resources/golden/coexistence/nobody"));
    }

    @BeforeEach
    void answer() {
        for (String unit : List.of("ssh.service", "chronyd.service")) {
            host.answer("systemctl show --property=LoadState --value " + unit, "loaded\n");
            host.answer("systemctl show --property=TriggeredBy --value " + unit, "\n");
        }
    }

    @Test
    void theyAreBoundAfterTheLastStep() {
        Instructions told = plan(links("[192.168.1.53]", "[ssh.service, chronyd.service]"), Standing.none());
        assertThat(told.before()).singleElement().asString().contains(RESOLVER);
        assertThat(told.after())
                .endsWith(
                        "systemctl daemon-reload",
                        "systemctl try-restart ssh.service",
                        "systemctl try-restart chronyd.service");
        others().release(told.release());
        assertThat(host.files()).containsKey(RESOLVER).doesNotContainKeys(SSH, CHRONY);
        others().bind(told.release());
        assertThat(restarts()).containsExactly("ssh.service", "chronyd.service");
        assertThat(text(CHRONY))
                .contains("ExecStartPre=+", "\"vrf\" \"bind\" \"mgmt0\"", RESOLVER + ":/etc/resolv.conf");
        assertThat(text(SSH)).contains("ExecStartPre=+").doesNotContain("BindReadOnlyPaths");
        assertThat(text(RESOLVER)).endsWith("nameserver 192.168.1.53\n");
    }

    @Test
    void toldTwiceTheyAreRestartedOnce() {
        ManagedLinks links = links("[]", "[ssh.service]");
        Instructions told = plan(links, Standing.none());
        others().bind(told.release());
        others().bind(told.release());
        assertThat(restarts()).containsExactly("ssh.service");
        assertThat(plan(links, told.standingAfter(Standing.none())).isEmpty()).isTrue();
    }

    @Test
    void takenBackBeforeItIsReachedRestartsNobody() {
        Map<String, FileContent> before = host.files();
        Instructions told = plan(links("[192.168.1.53]", "[ssh.service]"), Standing.none());
        others().release(told.release());
        others().giveBack(told.release());
        assertThat(restarts()).isEmpty();
        assertThat(host.files()).isEqualTo(before);
    }

    @Test
    void oneThatLeavesTheFileIsGivenBack() {
        ManagedLinks both = links("[192.168.1.53]", "[ssh.service, chronyd.service]");
        Instructions told = plan(both, Standing.none());
        others().release(told.release());
        others().bind(told.release());
        host.told().clear();
        Standing standing = told.standingAfter(Standing.none());
        Instructions next = plan(links("[192.168.1.53]", "[ssh.service]"), standing);
        assertThat(next.release()).isEmpty();
        others().giveBack(next.giveBack());
        assertThat(restarts()).containsExactly("chronyd.service");
        assertThat(host.files()).containsKeys(SSH, RESOLVER).doesNotContainKey(CHRONY);
        assertThat(plan(links("[]", "[ssh.service]"), next.standingAfter(standing))
                        .giveBack())
                .singleElement()
                .extracting(Instruction::undoing)
                .isEqualTo("rm " + RESOLVER);
    }

    @Test
    void otherNameServersStartThemAnew() {
        Instructions told = plan(links("[192.168.1.53]", "[ssh.service, chronyd.service]"), Standing.none());
        others().release(told.release());
        others().bind(told.release());
        host.told().clear();
        Instructions next =
                plan(links("[192.168.1.54]", "[ssh.service, chronyd.service]"), told.standingAfter(Standing.none()));
        others().release(next.release());
        others().bind(next.release());
        assertThat(restarts()).containsExactly("chronyd.service");
    }

    @Test
    void oneThatSocketsStartIsNamed() {
        host.answer("systemctl show --property=TriggeredBy --value ssh.service", "ssh.socket\n");
        host.answer("systemctl is-active --quiet ssh.socket", "");
        assertThat(others().survey(links("[]", "[ssh.service]")).claims())
                .singleElement()
                .extracting(Claim::what)
                .asString()
                .contains("all sockets bound to VRF mgmt0", "ssh.socket", "BindToDevice=mgmt0");
    }

    @Test
    void oneThatIsNotThereIsRefused() {
        host.answer("systemctl show --property=LoadState --value ntpd.service", "not-found\n");
        assertThat(others().refusesToBind("ntpd.service"))
                .hasValueSatisfying(reason -> assertThat(reason).contains("systemd has no ntpd.service"));
        assertThat(others().refusesToBind("ssh.service")).isEmpty();
        assertThat(others().survey(links("[]", "[ntpd.service]")).claims()).isEmpty();
    }

    private Instructions plan(ManagedLinks links, Standing standing) {
        return others().survey(links).forOthers(SYSTEMD, links, standing);
    }

    private OtherPrograms others() {
        return new OtherPrograms(host, command -> {});
    }

    private String text(String path) {
        return Optional.ofNullable(host.files().get(path)).orElseThrow().text();
    }

    private List<String> restarts() {
        return host.told().stream()
                .filter(command -> command.startsWith("systemctl try-restart "))
                .map(command -> command.substring("systemctl try-restart ".length()))
                .toList();
    }

    private static ManagedLinks links(String nameServers, String services) {
        return ManagedLinks.of(HostFile.parse("host.yaml", """
                version: 1
                ethernets:
                  eth2: { addresses: [192.168.1.217/24] }
                vrfs:
                  mgmt0:
                    table: 10
                    interfaces: [eth2]
                    nameservers: %s
                    services: %s
                """.formatted(nameServers, services)), "onl");
    }
}
