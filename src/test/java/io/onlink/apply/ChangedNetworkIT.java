package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import java.util.OptionalLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which network a journal tells of, where the kernel gives a namespace's number to another one. Real namespaces. Needs root. */
class ChangedNetworkIT {
    @AutoClose
    private final TestNamespace living = new TestNamespace();

    private ChangedNetwork changed;

    /** The one that was changed, whose number the living one has by now. */
    private ChangedNetwork gone;

    @BeforeEach
    void oneIsGone() {
        changed = living.call(ChangedNetwork::ofThisThread);
        try (TestNamespace ending = new TestNamespace()) {
            OptionalLong cookie = ending.call(ChangedNetwork::ofThisThread).cookie();
            gone = new ChangedNetwork(changed.boot(), changed.namespace(), cookie);
        }
    }

    @Test
    void theOneThatIsThere() {
        assertThat(living.call(ChangedNetwork::ofThisThread).is(changed)).isTrue();
        assertThat(changed.isStillThere()).isTrue();
        assertThat(ChangedNetwork.parse(changed.toString())).isEqualTo(changed);
    }

    @Test
    void theOneThatIsGoneIsNotTheOneThatHasItsNumber() {
        assertThat(gone.is(changed)).isFalse();
        assertThat(gone.isStillThere()).isFalse();
    }

    /** Of an older Onlink, or on an older kernel: the number is all there is. */
    @Test
    void aJournalWithoutACookie() {
        ChangedNetwork older = ChangedNetwork.parse(changed.boot() + " " + changed.namespace());
        assertThat(older.is(changed)).isTrue();
        assertThat(older.isStillThere()).isTrue();
    }
}
