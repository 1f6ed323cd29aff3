package io.onlink.lab;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is written down of a lab before anything of it is made, so that {@link Lab#down} finds all that a killed {@link
 * Lab#up} left behind.
 *
 * @param file the host file, absolute
 * @param complete whether up reached its end
 */
public record LabState(String name, String file, boolean complete, List<MemberState> members) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public LabState {
        members = List.copyOf(members);
    }

    /**
     * A member and where it is.
     *
     * @param namespace its name for ip netns
     */
    public record MemberState(String name, String purpose, String namespace, List<String> addresses) {
        public MemberState {
            addresses = List.copyOf(addresses);
        }
    }

    /** The names of a lab's members, for messages. */
    List<String> memberNames() {
        return members.stream().map(MemberState::name).toList();
    }

    /** The member of a name; empty where there is none. */
    public Optional<MemberState> member(String memberName) {
        return members.stream()
                .filter(member -> member.name().equals(memberName))
                .findFirst();
    }

    LabState completed() {
        return new LabState(name, file, true, members);
    }

    /** As it is while something of it is made anew. */
    LabState halfMade() {
        return new LabState(name, file, false, members);
    }

    /** Empty where there is no such file. */
    static Optional<LabState> read(Path path) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(path), LabState.class));
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read " + path, unreadable);
        } catch (JacksonException notOurs) {
            throw new ConfigurationException(
                    path + " is not what onlink lab wrote there: " + notOurs.getOriginalMessage()
                            + "; look what it is before you delete it",
                    notOurs);
        }
    }

    /** Whole or not at all, also for one who is killed meanwhile. */
    void write(Path path) {
        try {
            Path next = path.resolveSibling(path.getFileName() + ".next");
            Files.write(next, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot write " + path, refused);
        }
    }
}
