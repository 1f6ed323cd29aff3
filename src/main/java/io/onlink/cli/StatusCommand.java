package io.onlink.cli;

import io.onlink.agent.Agent;
import io.onlink.agent.Store;
import io.onlink.apply.HostChange;
import io.onlink.apply.Journal;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.BridgeNetfilterFile;
import io.onlink.attach.Conflict;
import io.onlink.attach.Endpoint;
import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.UnsupportedException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.nftables.Dropped;
import io.onlink.nftables.GuardTable;
import io.onlink.reconcile.DriftFile;
import io.onlink.verify.Inspection;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code onlink status}: the file last applied beside what the kernel shows. Changes nothing. */
@Command(
        name = "status",
        description =
                "Shows segments, VRFs and endpoints as they are now, and what differs from the file last applied.",
        footer = {
            "",
            "Exit code: 0 all is as declared, as far as this kernel can have it, and no change is",
            "open; 1 something is not; 3 no host file was applied."
        })
final class StatusCommand implements Callable<Integer> {
    private static final int NOT_WELL = 1;

    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            defaultValue = AgentCommand.RUN_DIRECTORY,
            description = "Where the agent keeps what it saw since the boot (default: ${DEFAULT-VALUE}).")
    private Path runDirectory = Path.of(AgentCommand.RUN_DIRECTORY);

    @Option(names = "--json", description = "Print the status as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        StateDirectory directory = state.directory();
        Optional<Journal> journal = directory.readJournal();
        Optional<Journal> waiting = journal.filter(change -> change.phase() == Journal.Phase.WAITING);
        Optional<String> text =
                waiting.map(change -> change.outcome().applied()).or(directory::readApplied);
        try (LinuxKernel kernel = LinuxKernel.open()) {
            Optional<String> open = journal.map(OpenChange::sentence)
                    .map(sentence -> waiting.isEmpty() ? sentence : sentence + "; what follows is measured by it");
            if (text.isEmpty()) {
                StatusPrinter printer = new StatusPrinter(out);
                open.ifPresent(printer::printOpen);
                printer.printBroken(Inspection.of(kernel.observe()));
                out.flush();
                throw new ConfigurationException(
                        "no host file was applied yet (there is no %s): 'onlink plan' shows what applying one would do"
                                .formatted(directory.appliedFile()));
            }
            HostFile file = HostFile.parse(directory.appliedFile().toString(), text.get());
            Found found = waiting.map(change -> change.outcome().found()).orElseGet(directory::readFound);
            Kept kept = kept();
            HostStatus status = HostStatus.of(
                    drift(file, kernel, found, directory),
                    kernel.observe(),
                    kept.endpoints(),
                    open.orElse(null),
                    waiting.map(change -> change.outcome().standing()).orElseGet(directory::readStanding),
                    kernel.refused(),
                    dropped(),
                    kept.conflicts(),
                    new BridgeNetfilterFile(runDirectory).read(),
                    kept.needsAgent() && !Agent.isRunning(runDirectory),
                    new DriftFile(runDirectory).read());
            if (json) {
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(status));
            } else {
                new StatusPrinter(out).print(status);
            }
            out.flush();
            return status.isWell() ? 0 : NOT_WELL;
        }
    }

    /** A NIC that is gone makes the file untrue of this host, and that is what is to be shown. */
    private static HostStatus.Drift drift(HostFile file, LinuxKernel kernel, Found found, StateDirectory directory) {
        try {
            // What an administrator has consented to and somebody has undone is drift; what he was never asked is not.
            HostChange drift = OtherProgramsInPlan.of(file, directory, false)
                    .withConsentedOnly(HostChange.to(file, kernel, found, true));
            List<String> commands = new ArrayList<>(drift.forOthers().before());
            drift.plan().steps().forEach(step -> commands.add(step.command()));
            commands.addAll(drift.forOthers().after());
            return new HostStatus.Drift(file, commands, drift.leftOut(), null);
        } catch (ConfigurationException doesNotFit) {
            return new HostStatus.Drift(file, List.of(), List.of(), String.valueOf(doesNotFit.getMessage()));
        }
    }

    /** What the agent keeps. */
    private record Kept(List<Endpoint> endpoints, List<Conflict> conflicts, boolean needsAgent) {}

    private Kept kept() {
        return Store.read(
                        state.path(),
                        store -> new Kept(
                                store.endpoints(),
                                store.conflicts(),
                                !store.networks().isEmpty()
                                        || !store.endpoints().isEmpty()))
                .orElse(new Kept(List.of(), List.of(), false));
    }

    /** Nothing where no agent ever guarded: the library may not be installed either. */
    private static List<Dropped> dropped() {
        try (GuardTable guard = GuardTable.open()) {
            return guard.dropped();
        } catch (UnsupportedException notInstalled) {
            return List.of();
        }
    }
}
