package io.onlink.docker;

import java.util.Optional;

/**
 * That a container got another name.
 *
 * @param from without the slash that the engine puts in front
 * @param isSetAside whether it only makes room for its successor: Docker Compose 1 stops the container that it makes anew and
 *     puts the first twelve digits of its id in front of its name, then makes another under the name, then removes the first
 *     ({@code compose/container.py}, {@code rename_to_tmp_name})
 */
public record ContainerRename(String from, String to, boolean isSetAside) {
    private static final int SHORT_ID = 12;

    /** What an event tells; empty if it tells something else. */
    public static Optional<ContainerRename> of(EngineEvent event) {
        String from = event.attributes().getOrDefault("oldName", "").replaceFirst("^/", "");
        String to = event.attributes().getOrDefault("name", "");
        if (!event.type().equals("container") || !event.action().equals("rename") || from.isEmpty() || to.isEmpty()) {
            return Optional.empty();
        }
        String shortId =
                event.actor().substring(0, Math.min(SHORT_ID, event.actor().length()));
        return Optional.of(new ContainerRename(from, to, to.equals(shortId + "_" + from)));
    }
}
