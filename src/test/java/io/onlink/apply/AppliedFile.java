package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;

/** A host file's way to the fake kernel, without a journal. */
final class AppliedFile {
    private AppliedFile() {}

    static HostChange to(String text, FakeKernel kernel, Found found) {
        return HostChange.to(HostFile.parse("host.yaml", text), kernel, found, false);
    }

    /** Made true, after which there is nothing to do. */
    static Found apply(String text, FakeKernel kernel, Found found) {
        HostChange change = to(text, kernel, found);
        change.plan().steps().forEach(kernel::perform);
        kernel.passTime();
        HostChange again = to(text, kernel, change.found());
        assertThat(again.plan().steps()).isEmpty();
        assertThat(again.found()).isEqualTo(change.found());
        return change.found();
    }
}
