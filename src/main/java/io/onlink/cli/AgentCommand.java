package io.onlink.cli;

import io.onlink.agent.Agent;
import io.onlink.agent.Supervisor;
import io.onlink.apply.StateDirectory;
import io.onlink.docker.Engine;
import io.onlink.failure.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code onlink agent}: runs the daemon until it is told to stop. */
@Command(
        name = "agent",
        description = {
            "The daemon: Docker's network driver and address manager 'onlink', companions.",
            "Works from the host file last applied. DOCKER_HOST says where the engine is."
        },
        footer = {
            "",
            "Exit code: 129, 130, 143 stopped by a signal, as it should be; 3 the host file cannot be read, or",
            "another agent runs; 4 the kernel refused, or you are not root."
        })
final class AgentCommand implements Callable<Integer> {
    static final String RUN_DIRECTORY = "/run/onlink";

    /** One line an event, for the journal: it has the time and the program's name already. */
    private static final String LOG_FORMAT = "%4$s %5$s%6$s%n";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The host file (default: the one last applied; the agent waits for it, and follows it).")
    @Nullable
    private Path file;

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            defaultValue = RUN_DIRECTORY,
            description = "For run-time files (default: ${DEFAULT-VALUE}).")
    private Path runDirectory;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/onlink",
            description = "For lasting state (default: ${DEFAULT-VALUE}).")
    private Path stateDirectory;

    @Option(
            names = "--plugin-socket",
            paramLabel = "SOCKET",
            defaultValue = "/run/docker/plugins/onlink.sock",
            description = "Where the engine looks for the driver (default: ${DEFAULT-VALUE}).")
    private Path pluginSocket;

    @Override
    public Integer call() throws InterruptedException {
        System.setProperty("java.util.logging.SimpleFormatter.format", LOG_FORMAT);
        Supervisor supervisor = Supervisor.ofThisProcess();
        Agent agent = Agent.start(new Agent.Settings(
                hostFile(), runDirectory, stateDirectory, pluginSocket, Engine.hostOf(System.getenv()), supervisor));
        supervisor.isReady("answering on " + pluginSocket);
        // SIGTERM and SIGINT end the JVM by its hooks; nothing ends the wait below.
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            supervisor.isStopping();
            agent.close();
        }));
        new CountDownLatch(1).await();
        return 0;
    }

    private Path hostFile() {
        if (file == null) {
            return new StateDirectory(stateDirectory).appliedFile();
        }
        if (!Files.exists(file)) {
            throw new ConfigurationException(file + ": there is no such host file");
        }
        return file;
    }
}
