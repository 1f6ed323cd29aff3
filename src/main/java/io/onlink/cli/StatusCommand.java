package io.onlink.cli;

import io.onlink.agent.Store;
import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.Endpoint;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code onlink status}: the file last applied beside what the kernel shows. Changes nothing. */
@Command(
        name = "status",
        description =
                "Shows segments, VRFs and endpoints as they are now, and what differs from the file last applied.",
        footer = {"", "Exit code: 0 all is as declared, 1 something is not, anything else an error."})
final class StatusCommand implements Callable<Integer> {
    private static final int NOT_WELL = 1;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/onlink",
            description = "Where Onlink keeps what outlives a reboot (default: ${DEFAULT-VALUE}).")
    private Path stateDirectory = Path.of("/var/lib/onlink");

    @Option(names = "--json", description = "Print the status as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        StateDirectory directory = new StateDirectory(stateDirectory);
        String text = directory
                .readApplied()
                .orElseThrow(() -> new ConfigurationException(
                        "no host file was applied yet (there is no %s): 'onlink plan' shows what applying one would do"
                                .formatted(directory.appliedFile())));
        HostFile file = HostFile.parse(directory.appliedFile().toString(), text);
        try (LinuxKernel kernel = LinuxKernel.open()) {
            HostChange drift = HostChange.to(file, kernel, directory.readFound(), true);
            HostStatus status = HostStatus.of(
                    file, drift.observed(), endpoints(), drift.plan().steps());
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(status));
            } else {
                print(status, drift.leftOut(), out);
            }
            out.flush();
            return status.isWell() ? 0 : NOT_WELL;
        }
    }

    private List<Endpoint> endpoints() {
        Path database = stateDirectory.resolve("onlink.db");
        if (!Files.exists(database)) {
            return List.of();
        }
        try (Store store = Store.open(database, InstantSource.system())) {
            return store.endpoints();
        }
    }

    private static void print(HostStatus status, List<String> leftOut, PrintWriter out) {
        TextTable segments = new TextTable("SEGMENT", "BRIDGE", "UPLINK", "STATE", "ADDRESSES", "ENDPOINTS");
        status.segments()
                .forEach(segment -> segments.row(
                        segment.name(),
                        segment.bridge(),
                        segment.uplink(),
                        segment.state(),
                        String.join(" ", segment.addresses()),
                        Long.toString(segment.endpoints())));
        segments.print(out);
        if (!status.vrfs().isEmpty()) {
            out.println();
            TextTable vrfs = new TextTable("VRF", "TABLE", "INTERFACES", "STATE");
            status.vrfs()
                    .forEach(vrf -> vrfs.row(
                            vrf.name(),
                            Integer.toString(vrf.table()),
                            String.join(" ", vrf.interfaces()),
                            vrf.state()));
            vrfs.print(out);
            leftOut.forEach(part -> out.println("left out: " + part));
        }
        if (!status.endpoints().isEmpty()) {
            out.println();
            TextTable endpoints = new TextTable("CONTAINER", "SEGMENT", "ADDRESSES", "MAC", "LINK", "STATE");
            status.endpoints()
                    .forEach(endpoint -> endpoints.row(
                            endpoint.container(),
                            endpoint.segment(),
                            String.join(" ", endpoint.addresses()),
                            endpoint.mac(),
                            endpoint.link(),
                            endpoint.state()));
            endpoints.print(out);
        }
        out.println();
        if (status.drift().isEmpty()) {
            out.println("No drift: the host is as the file last applied says.");
        } else {
            out.println(Ansi.AUTO.string("@|yellow Drift:|@ 'onlink apply' would do"));
            status.drift().forEach(command -> out.println("  " + command));
        }
    }
}
