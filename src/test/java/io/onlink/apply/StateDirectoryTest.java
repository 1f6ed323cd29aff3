package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.coexistence.FileContent;
import io.onlink.coexistence.Instruction;
import io.onlink.coexistence.Instructions;
import io.onlink.coexistence.Program;
import io.onlink.coexistence.Standing;
import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.model.Bridge;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** What is done with a state directory that others, or a broken disk, had their hands on. */
class StateDirectoryTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "[]", "{\"links\": [\"eth0\"", "{\"links\": [\"br0\"], \"made\": []}"})
    void aBrokenMemoryIsNotTakenForNone(String text) throws IOException {
        Files.writeString(directory.resolve("found.json"), text);
        assertThatThrownBy(() -> new StateDirectory(directory).readFound())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("found.json")
                .hasMessageContaining("mend it");
    }

    @Test
    void aPlaceThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> new StateDirectory(file).lock())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("no directory")
                .hasMessageContaining("--state-dir");
    }

    @Test
    void whatOthersWereToldComesBackFromTheDisk() {
        StateDirectory state = new StateDirectory(directory);
        Journal journal = journal();
        state.writeJournal(journal);
        assertThat(state.readJournal()).contains(journal);
        state.writeStanding(journal.outcome().standing());
        assertThat(state.readStanding()).isEqualTo(journal.outcome().standing());
        state.clear();
        assertThat(state.readStanding()).isEqualTo(Standing.none());
    }

    /** A host goes back by its journal alone: a kind that is not read would leave it half changed. */
    @ParameterizedTest
    @MethodSource("linkOfEachKind")
    void aLinkOfAnyKindComesBackFromTheDisk(Link link) {
        NetworkState.Builder state = NetworkState.empty().toBuilder();
        state.put(link);
        Found found = Found.untouched().withState(state.build());
        StateDirectory directory = new StateDirectory(this.directory);
        directory.writeFound(found);
        assertThat(directory.readFound()).isEqualTo(found);
    }

    private static Stream<Link> linkOfEachKind() {
        LinkAttributes attributes = LinkAttributes.named("link0")
                .withMac(MacAddress.parse("02:00:00:00:00:01"))
                .withMaster("br0")
                .withAlias("what it is for");
        return Stream.of(
                new Bridge(attributes, Bridge.Options.SEGMENT),
                new Veth(attributes, LinkAttributes.named("peer0")),
                new Vrf(attributes, 10),
                new Vlan(attributes, "eth0", 20),
                new Macvlan(attributes, "eth0", Macvlan.Mode.BRIDGE),
                new Ipvlan(attributes, "eth0", true),
                new OtherLink(attributes, "bond"));
    }

    @Test
    void noKindOfLinkIsForgottenHere() {
        assertThat(linkOfEachKind().<Class<?>>map(Link::getClass))
                .containsExactlyInAnyOrderElementsOf(kinds(Link.class));
    }

    private static Set<Class<?>> kinds(Class<?> link) {
        return link.isSealed()
                ? Stream.of(link.getPermittedSubclasses())
                        .flatMap(kind -> kinds(kind).stream())
                        .collect(Collectors.toSet())
                : Set.of(link);
    }

    /** Another one would make what older versions wrote unreadable. */
    @Test
    void theNamesOfTheKindsOnTheDiskStay() {
        assertThat(linkOfEachKind()
                        .map(link ->
                                StateJson.mapper().valueToTree(link).get("is").stringValue()))
                .containsExactly("bridge", "veth", "vrf", "Vlan", "Macvlan", "Ipvlan", "other");
    }

    /** As written by the version before. */
    @Test
    void aJournalThatSaysNothingOfOthersIsRead() throws IOException {
        StateDirectory state = new StateDirectory(directory);
        state.writeJournal(journal());
        Path file = directory.resolve("journal.json");
        ObjectNode old = (ObjectNode) StateJson.mapper().readTree(Files.readString(file));
        assertThat(old.remove("forOthers")).isNotNull();
        assertThat(((ObjectNode) old.get("outcome")).remove("standing")).isNotNull();
        Files.writeString(file, old.toString());
        assertThat(state.readJournal().orElseThrow())
                .matches(journal -> journal.forOthers().isEmpty())
                .matches(journal -> journal.outcome().standing().equals(Standing.none()));
    }

    private static Journal journal() {
        List<Instruction> told = List.of(
                new Instruction.WriteFile(
                        Program.IFUPDOWN,
                        "eth0",
                        "/etc/network/interfaces.d/onlink-eth0",
                        new FileContent("\u00ff\u0000", "rw-------"),
                        new FileContent("no-auto-down eth0\n", "rw-r--r--")),
                new Instruction.WriteFile(Program.NETWORKD, "", "/run/file", null, new FileContent("", "rw-r--r--")),
                new Instruction.BindZone("br0", null, "internal"),
                new Instruction.ResumeProfile("eth0", "110ef38e"));
        return new Journal(
                "id",
                "kernel",
                Instant.EPOCH,
                Found.untouched(),
                Found.untouched(),
                new Journal.Outcome(Found.untouched(), "version: 1", new Standing(told)),
                Journal.Phase.OPEN,
                new Instructions(told, told.reversed()),
                null,
                null,
                Duration.ofMillis(7_190),
                null);
    }

    @Test
    void theSecondWriterIsToldToWait() {
        StateDirectory state = new StateDirectory(directory);
        try (StateDirectory.Lock first = state.lock()) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> new StateDirectory(directory).lock())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("wait for it");
        }
        state.lock().close();
    }
}
