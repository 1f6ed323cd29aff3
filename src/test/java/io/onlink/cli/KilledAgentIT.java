package io.onlink.cli;

import static io.onlink.apply.OneNicHost.ONE_BRIDGE;
import static io.onlink.apply.OneNicHost.STEPS;
import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import io.onlink.apply.Journal;
import io.onlink.apply.OneNicHost;
import io.onlink.model.NetworkState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon dies by SIGKILL over an open journal, and is started again, as systemd does. Real processes. Needs root. */
class KilledAgentIT {
    private static final String SETTLES = "taking back a change";
    private static final String REPAIRS = "drift: putting right";

    @TempDir
    private Path temporary;

    @AutoClose
    private OneNicHost host;

    @BeforeEach
    void aHostWithOneNic() {
        host = new OneNicHost(temporary);
    }

    /** The writer and his timer are dead; the agent dies as it takes their change back. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 6, 9, 12, 15})
    void asItSettles(int moment) throws IOException, InterruptedException {
        NetworkState before = host.kernel().observe();
        host.abandon(ONE_BRIDGE, STEPS);
        letTheAgentDie(SETTLES, moment);
        assertThat(host.directory().readJournal())
                .get()
                .extracting(Journal::phase)
                .isEqualTo(Journal.Phase.OPEN);
        whileTheAgentRuns(() -> {
            host.awaitTheEndOfTheChange();
            host.assertSameAs(before);
        });
        assertThat(host.directory().readApplied()).isEmpty();
    }

    /** Somebody took the bridge away; the agent dies as it makes it again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 7, 9})
    void asItRepairs(int moment) throws IOException, InterruptedException {
        host.apply(ONE_BRIDGE);
        host.namespace().ip("link del br0");
        letTheAgentDie(REPAIRS, moment);
        assertThat(host.directory().readJournal())
                .get()
                .extracting(Journal::phase)
                .isEqualTo(Journal.Phase.OPEN);
        whileTheAgentRuns(this::awaitRepair);
        host.assertApplied(ONE_BRIDGE);
    }

    /** The same with a death at each turn: it comes to an end all the same. */
    @Test
    void againAndAgain() throws IOException, InterruptedException {
        NetworkState before = host.kernel().observe();
        host.abandon(ONE_BRIDGE, STEPS);
        for (int death = 0; death < 3; death++) {
            letTheAgentDie(SETTLES, 2);
        }
        whileTheAgentRuns(host::awaitTheEndOfTheChange);
        host.assertSameAs(before);
    }

    private void awaitRepair() throws InterruptedException {
        for (int look = 0; look < 300 && !isRepaired(); look++) {
            Thread.sleep(100);
        }
        assertThat(isRepaired()).isTrue();
    }

    private boolean isRepaired() {
        return host.directory().readJournal().isEmpty() && host.isAsDeclared(ONE_BRIDGE);
    }

    private void letTheAgentDie(String words, int moment) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(words, Integer.toString(moment)));
        arguments.addAll(agent());
        Process agent = start(DyingAgent.class.getName(), arguments);
        try {
            assertThat(agent.waitFor(1, TimeUnit.MINUTES)).as("so much to do").isTrue();
            assertThat(agent.exitValue()).isEqualTo(137);
        } finally {
            agent.destroyForcibly().waitFor();
        }
    }

    private void whileTheAgentRuns(Look look) throws IOException, InterruptedException {
        Process agent = start(JavaCommand.ONLINK, agent());
        try {
            look.look();
        } finally {
            agent.destroy();
            agent.waitFor();
        }
    }

    private interface Look {
        void look() throws InterruptedException;
    }

    private List<String> agent() {
        Path run = temporary.resolve("run");
        return List.of(
                "agent",
                "--state-dir",
                host.directory().path().toString(),
                "--run-dir",
                run.toString(),
                "--plugin-socket",
                run.resolve("plugin.sock").toString());
    }

    private Process start(String program, List<String> arguments) throws IOException {
        ProcessBuilder builder = host.java(program, arguments.toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        temporary.resolve("agent.log").toFile()));
        // No engine: this machine's own must not hear of it.
        builder.environment().put("DOCKER_HOST", "unix://" + temporary.resolve("no-engine.sock"));
        return builder.start();
    }
}
