package io.onlink.apply;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which network a change is made in. As text, as journals have it, the two with a space between.
 *
 * @param boot which boot of the kernel (random(4), boot_id)
 * @param namespace which network namespace of it: {@code net:[4026531840]}, network_namespaces(7)
 */
record ChangedNetwork(String boot, String namespace) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACE = Path.of("/proc/thread-self/ns/net");

    static ChangedNetwork ofThisThread() {
        try {
            return new ChangedNetwork(
                    Files.readString(BOOT_ID).strip(),
                    Files.readSymbolicLink(NAMESPACE).toString());
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + BOOT_ID + " and " + NAMESPACE, e);
        }
    }

    static ChangedNetwork parse(String text) {
        int space = text.lastIndexOf(' ');
        return space < 0
                ? new ChangedNetwork(text, "")
                : new ChangedNetwork(text.substring(0, space), text.substring(space + 1));
    }

    @Override
    public String toString() {
        return boot + " " + namespace;
    }
}
