package io.onlink.cli;

import io.onlink.apply.Guard;
import io.onlink.apply.GuardProcess;
import io.onlink.apply.StateDirectory;
import io.onlink.kernel.LinuxKernel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code onlink guard}: the dead-man timer; started by {@code apply} and {@code down}, by nobody else. */
@Command(
        name = "guard",
        hidden = true,
        description = "Takes a change back when the process that makes it dies. Started by 'apply' and 'down'.")
final class GuardCommand implements Callable<Integer> {
    @Option(names = "--state-dir", paramLabel = "DIR", required = true, description = "Where the journal is.")
    private Path stateDirectory;

    @Option(
            names = "--guarded",
            paramLabel = "PID",
            required = true,
            description = "Process id of the one that is watched over.")
    private long guarded;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        // Empty if it is dead already: then its end of the pipe is closed too.
        Optional<ProcessHandle> process = ProcessHandle.of(guarded);
        try (LinuxKernel kernel = LinuxKernel.open()) {
            // All that a way back needs is loaded now: later the host may be short of time.
            kernel.observe();
            PrintWriter out = spec.commandLine().getOut();
            out.println(GuardProcess.READY);
            out.flush();
            new Guard(new StateDirectory(stateDirectory), kernel, process, InstantSource.system()).watch(System.in);
            return 0;
        }
    }
}
