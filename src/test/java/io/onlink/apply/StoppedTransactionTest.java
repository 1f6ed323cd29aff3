package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody says no to a change that is being made. */
class StoppedTransactionTest {
    @TempDir
    private Path temporary;

    private final RandomHost host = new RandomHost(0);
    private final FakeKernel kernel = new FakeKernel(host.state());
    private final NetworkState before = kernel.observe();
    private final List<Step> done = new ArrayList<>();
    private StateDirectory directory;
    private Transaction transaction;

    @BeforeEach
    void aChangeThatIsNotMade() {
        directory = new StateDirectory(temporary);
        transaction = new Transaction(directory, kernel, () -> () -> {}, done::add, InstantSource.system());
    }

    @Test
    void whatIsNotVerifiedIsTakenBack() {
        assertThatThrownBy(() -> run(() -> assertThat(transaction.stop()).isTrue()))
                .isInstanceOf(VerificationException.class)
                .hasMessageContaining("stopped by a signal")
                .hasMessageContaining("the host is as it was before");
        assertThat(done).isNotEmpty();
        assertThat(Plan.between(kernel.observe(), before).steps()).isEmpty();
        assertThat(directory.readJournal()).isEmpty();
        assertThat(directory.readApplied()).isEmpty();
    }

    @Test
    void beforeTheFirstStepNothingIsDone() {
        assertThat(transaction.stop()).isTrue();
        assertThat(transaction.stop()).as("a second time").isTrue();
        assertThatThrownBy(() -> run(() -> {}))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("nothing was changed");
        assertThat(done).isEmpty();
        assertThat(directory.readJournal()).isEmpty();
    }

    @Test
    void whatIsMadeStays() {
        run(() -> {});
        assertThat(transaction.stop()).isFalse();
        assertThat(directory.readApplied()).contains("version: 1");
    }

    private void run(Runnable verification) {
        HostChange change = HostChange.to(HostFile.parse("host.yaml", host.file()), kernel, Found.untouched(), false);
        assertThat(change.isEmpty()).isFalse();
        var _ = transaction.run(
                change, new Journal.Outcome(change.found(), "version: 1"), verification, Optional.empty());
    }
}
