package io.onlink.vrf;

import io.onlink.failure.ConfigurationException;
import io.onlink.failure.UnsupportedException;
import io.onlink.libc.Execution;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Programs that talk through a VRF. One thread.
 *
 * @param vrf its name
 * @param index the kernel's number of its device
 */
public record Programs(String vrf, int index) {
    /**
     * The file of a program as a shell finds it: by its path, or on the PATH.
     *
     * @param path as the variable has it
     */
    public static Optional<Path> find(String program, String path) {
        if (program.contains("/")) {
            return Optional.of(Path.of(program)).filter(Files::exists);
        }
        List<Path> found = new ArrayList<>();
        for (String directory : path.split(":", -1)) {
            Path file = Path.of(directory).resolve(program);
            if (Files.isRegularFile(file)) {
                found.add(file);
            }
        }
        return found.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .or(() -> found.stream().findFirst());
    }

    /**
     * Becomes a program in the VRF; returns only by an exception. Nothing of the program has run then.
     *
     * @param program its file
     * @param words of its command line, its name first
     * @param nameServers what it is to see as /etc/resolv.conf, if that is there
     * @throws UnsupportedException where the kernel lacks what it takes
     * @throws io.onlink.libc.SystemCallException where the file cannot be run
     */
    public void become(Path program, List<byte[]> words, Path nameServers) {
        ControlGroup group = ControlGroup.ofThisProcess().ofVrf(vrf);
        ControlGroup.sweep();
        if (Files.exists(nameServers)) {
            NameServers.use(nameServers);
        }
        group.enter(index);
        Execution.become(program, words);
    }

    /**
     * Binds the service that this process prepares (ExecStartPre=): what runs in its control group from now on.
     *
     * @throws ConfigurationException where this process is in no group of a service
     */
    public void bindService() {
        ControlGroup group = ControlGroup.ofThisProcess().ofService();
        if (group.isEverybodys()) {
            throw new ConfigurationException(
                    "this process is in the root control group, which is everybody's, and in no service's; to run a program in VRF %s: onlink vrf exec %s -- PROGRAM"
                            .formatted(vrf, vrf));
        }
        group.bind(index);
    }
}
