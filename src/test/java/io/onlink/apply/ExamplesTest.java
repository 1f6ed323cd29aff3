package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.desired.Found;
import io.onlink.failure.UnsupportedException;
import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.plan.Plan;
import io.onlink.step.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every example is read and planned, comes true, is kept, and is given back. {@code ExamplesIT} runs them. */
class ExamplesTest {
    private static final Path FOLDER = Path.of("examples");
    private static final Path GOLDEN = Path.of("src/test/resources/golden/examples");

    @TempDir
    private Path temporary;

    static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void comesTrueAndIsGivenBack(Path path) throws IOException {
        HostFile file = HostFile.read(path);
        NetworkState before = installed(file);
        FakeKernel kernel = new FakeKernel(before);
        NetworkState found = kernel.observe();
        HostChange change = HostChange.to(file, kernel, Found.untouched(), false);
        assertGolden(path, change.plan());
        change.plan().steps().forEach(kernel::perform);
        HostChange again = HostChange.to(file, kernel, change.found(), false);
        assertThat(again.plan().steps()).isEmpty();
        HostChange back = HostChange.back(kernel, change.found());
        back.plan().steps().forEach(kernel::perform);
        assertThat(kernel.observe().links()).isEqualTo(found.links());
        assertThat(addresses(kernel.observe())).containsExactlyInAnyOrderElementsOf(addresses(found));
    }

    /** By the journal alone, as it stands on the disk: of each kind of link that an example has. */
    @ParameterizedTest
    @MethodSource("files")
    void aLaterChangeOfItIsTakenBack(Path path) {
        HostFile file = HostFile.read(path);
        FakeKernel kernel = new FakeKernel(installed(file));
        Found found = HostChange.to(file, kernel, Found.untouched(), false).found();
        HostChange.to(file, kernel, Found.untouched(), false).plan().steps().forEach(kernel::perform);
        NetworkState applied = kernel.observe();
        StateDirectory directory = new StateDirectory(temporary);
        Transaction transaction =
                new Transaction(directory, kernel, () -> () -> {}, step -> {}, InstantSource.system());
        HostChange down = HostChange.back(kernel, found);
        assertThatThrownBy(() -> transaction.run(
                        down,
                        new Journal.Outcome(down.found(), null),
                        () -> {
                            throw new VerificationException("nobody answers");
                        },
                        Optional.empty()))
                .hasMessageContaining("the host is as it was before");
        assertThat(Plan.between(kernel.observe(), applied).steps()).isEmpty();
    }

    @Test
    void aKernelWithoutTheKindIsNamedBeforeAnythingIsTouched() {
        for (String kind : List.of("vlan", "macvlan", "ipvlan")) {
            HostFile file = HostFile.read(FOLDER.resolve(kind.equals("vlan") ? "vlans.yaml" : kind + ".yaml"));
            FakeKernel kernel = new FakeKernel(installed(file), Set.of("bridge", "veth"), Set.of(Feature.values()));
            NetworkState before = kernel.observe();
            assertThatThrownBy(() -> HostChange.to(file, kernel, Found.untouched(), false))
                    .isInstanceOf(UnsupportedException.class)
                    .hasMessageContaining("module " + (kind.equals("vlan") ? "8021q" : kind));
            assertThat(HostChange.to(file, kernel, Found.untouched(), true).leftOut())
                    .anyMatch(what -> what.part() == LeftOut.Part.SEGMENT);
            assertThat(kernel.observe()).isEqualTo(before);
        }
    }

    private static List<String> addresses(NetworkState state) {
        return state.addresses().stream()
                .map(address -> address.link() + " " + address.address())
                .toList();
    }

    /** The NICs as an installer leaves them: addresses of what has no tag. */
    private static NetworkState installed(HostFile file) {
        NetworkState.Builder state = new NetworkState.Builder();
        long mac = MacAddress.parse("00:50:56:00:00:01").value();
        int index = 2;
        for (String nic : file.nics()) {
            LinkAttributes attributes = LinkAttributes.named(nic)
                    .withMac(new MacAddress(mac++))
                    .withMtu(1500)
                    .withUp(true);
            state.put(new OtherLink(attributes, ""));
            state.status.put(nic, new LinkStatus(index++, true, null));
        }
        file.segments().values().stream()
                .filter(segment -> segment.vlan().isEmpty())
                .forEach(segment -> segment.addresses()
                        .forEach(address -> state.addresses.add(Address.permanent(segment.nic(), address))));
        file.ethernets()
                .values()
                .forEach(ethernet -> ethernet.addresses()
                        .forEach(address -> state.addresses.add(Address.permanent(ethernet.name(), address))));
        return state.build();
    }

    private static void assertGolden(Path path, Plan plan) throws IOException {
        Path golden = GOLDEN.resolve(path.getFileName() + ".txt");
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(golden, plan.toString());
        }
        assertThat(plan.toString()).isEqualTo(Files.readString(golden));
    }
}
