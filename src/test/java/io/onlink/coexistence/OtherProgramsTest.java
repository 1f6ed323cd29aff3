package io.onlink.coexistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found of other programs, and what they are told: a folder a host. */
class OtherProgramsTest {
    private static final Path FOLDERS = Path.of("src/test/resources/golden/coexistence");
    private static final Set<Program> ALL = EnumSet.allOf(Program.class);

    private static final ManagedLinks LINKS = ManagedLinks.of(HostFile.parse("host.yaml", """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [10.9.0.2/24]
              Back-Yard:
                bridge: br1
                uplink: eth1
                addresses: [10.9.1.2/24]
            """), "onl");

    @ParameterizedTest
    @MethodSource("folders")
    void whatIsFoundAndWhatIsTold(Path folder) throws IOException {
        Survey survey = others(new RecordedHost(folder)).survey(LINKS);
        StringBuilder text = new StringBuilder();
        for (Claim claim : survey.claims()) {
            text.append(claim.program()).append(' ').append(claim.what()).append('\n');
            text.append(claim.acts() ? "  by itself\n" : "  not by itself\n");
            claim.commands()
                    .forEach(command -> text.append("  > ").append(command).append('\n'));
            claim.instructions()
                    .forEach(told -> text.append("  < ").append(told.undoing()).append('\n'));
        }
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(folder.resolve("expected.txt"), text);
        }
        assertThat(text.toString()).isEqualTo(Files.readString(folder.resolve("expected.txt")));
    }

    @ParameterizedTest
    @MethodSource("folders")
    void whatIsWrittenIsNotWrittenTwiceAndIsTakenAwayWhole(Path folder) throws IOException {
        RecordedHost host = new RecordedHost(folder);
        Map<String, FileContent> before = host.files();
        List<Instruction> files = files(others(host).survey(LINKS));
        // Not released, which waits for the real programs to obey.
        files.forEach(
                file -> host.write(((Instruction.WriteFile) file).path(), ((Instruction.WriteFile) file).after()));
        assertThat(files(others(host).survey(LINKS))).isEmpty();
        others(host).undo(files);
        assertThat(host.files()).isEqualTo(before);
    }

    @Test
    void aFileThatStoodThereComesBack() throws IOException {
        RecordedHost host = new RecordedHost(FOLDERS.resolve("ifupdown"));
        FileContent odd = new FileContent("\u00ff\u0000 no newline", "rw-------");
        host.write("/etc/network/interfaces.d/onlink-eth0", odd);
        Map<String, FileContent> before = host.files();
        List<Instruction> told = files(others(host).survey(LINKS));
        others(host).release(told);
        assertThat(host.files()).isNotEqualTo(before);
        others(host).giveBack(told);
        assertThat(host.files()).isEqualTo(before);
    }

    @Test
    void onlyThoseThatActNeedConsent() throws IOException {
        Survey acting =
                others(new RecordedHost(FOLDERS.resolve("networkmanager"))).survey(LINKS);
        assertThat(acting.withoutConsent(Set.of())).extracting(Claim::program).containsExactly(Program.NETWORK_MANAGER);
        assertThat(acting.withoutConsent(Set.of(Program.NETWORK_MANAGER))).isEmpty();
        assertThat(acting.forOthers(Set.of(), LINKS, Standing.none())).isEqualTo(Instructions.none());
        Survey waiting = others(new RecordedHost(FOLDERS.resolve("ifupdown"))).survey(LINKS);
        assertThat(waiting.withoutConsent(Set.of())).isEmpty();
        assertThat(waiting.forOthers(ALL, LINKS, Standing.none()).release()).isNotEmpty();
    }

    @Test
    void aLinkThatLeavesTheFileIsGivenBack() throws IOException {
        Survey both = others(new RecordedHost(FOLDERS.resolve("networkd"))).survey(LINKS);
        Standing standing = both.forOthers(ALL, LINKS, Standing.none()).standingAfter(Standing.none());
        assertThat(standing.programs()).containsExactly(Program.NETWORKD, Program.CLOUD_INIT);
        ManagedLinks one = ManagedLinks.of(HostFile.parse("host.yaml", """
                version: 1
                segments:
                  Service-Segment:
                    bridge: br0
                    uplink: eth0
                    addresses: [10.9.0.2/24]
                """), "onl");
        Instructions next = new Survey(List.of()).forOthers(ALL, one, standing);
        assertThat(next.release()).isEmpty();
        assertThat(next.giveBack())
                .extracting(Instruction::link)
                .contains("eth1")
                .doesNotContain("eth0", "br0", "");
        assertThat(next.standingAfter(standing).instructions())
                .doesNotContainAnyElementsOf(next.giveBack())
                .hasSize(standing.instructions().size() - next.giveBack().size());
    }

    /** By the answers of programs that were told. */
    @ParameterizedTest
    @ValueSource(strings = {"networkmanager", "networkd"})
    void anotherBridgeOfTheSameNicIsToldToo(String folder) throws IOException {
        RecordedHost host = new RecordedHost(FOLDERS.resolve(folder));
        files(others(host).survey(LINKS))
                .forEach(file ->
                        host.write(((Instruction.WriteFile) file).path(), ((Instruction.WriteFile) file).after()));
        host.answer("networkctl list --no-legend --no-pager eth0", "  2 eth0 ether routable unmanaged\n");
        host.answer("networkctl list --no-legend --no-pager eth1", "  3 eth1 ether routable unmanaged\n");
        host.answer(
                "nmcli --escape no --get-values GENERAL.STATE,GENERAL.CONNECTION,GENERAL.CON-UUID device show eth0",
                "10 (unmanaged)\n\n\n");
        assertThat(files(others(host).survey(LINKS))).isEmpty();
        ManagedLinks other = ManagedLinks.of(HostFile.parse("host.yaml", """
                version: 1
                segments:
                  Service-Segment:
                    bridge: lan0
                    uplink: eth0
                    addresses: [10.9.0.2/24]
                """), "onl");
        assertThat(files(others(host).survey(other)))
                .extracting(Instruction::link)
                .containsExactly("lan0");
    }

    @Test
    void oneThatDoesNotObeyIsNamed() throws IOException {
        RecordedHost host = new RecordedHost(FOLDERS.resolve("networkmanager"));
        List<Instruction> told = others(host).survey(LINKS).claims().getFirst().instructions();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> others(host).release(told))
                .isInstanceOf(VerificationException.class)
                .hasMessageContaining("NetworkManager.service still manages eth0");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(host.told()).contains("systemctl try-restart NetworkManager.service");
    }

    @Test
    void whatCannotBeWrittenIsSaid() throws IOException {
        RecordedHost host = new RecordedHost(FOLDERS.resolve("ifupdown"));
        Instruction refused = new Instruction.WriteFile(
                Program.IFUPDOWN, "eth0", "/read-only/file", null, FileContent.of("no-auto-down eth0\n"));
        assertThatThrownBy(() -> others(host).release(List.of(refused)))
                .isInstanceOf(VerificationException.class)
                .hasMessageContaining("> /read-only/file")
                .hasMessageContaining("read-only file system");
    }

    private static List<Instruction> files(Survey survey) {
        return survey.claims().stream()
                .flatMap(claim -> claim.instructions().stream())
                .filter(Instruction.WriteFile.class::isInstance)
                .toList();
    }

    private static OtherPrograms others(RecordedHost host) {
        return new OtherPrograms(host, new ArrayList<String>()::add);
    }

    static Stream<Path> folders() throws IOException {
        try (Stream<Path> folders = Files.list(FOLDERS)) {
            return folders.sorted().toList().stream();
        }
    }
}
