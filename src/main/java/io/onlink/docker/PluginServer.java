package io.onlink.docker;

import io.onlink.failure.EngineException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the engine on a unix socket. The engine finds the plugin by the socket's file name: {@code onlink.sock} in
 * {@code /run/docker/plugins} is the driver {@code onlink}.
 *
 * <p>HTTP is read and written by a few threads that never wait; the drivers run on platform threads of their own, so that they may block
 * in native calls. None is virtual: all virtual threads share a few that the kernel knows, which hundreds of drivers' threads leave
 * no turn, and a connection was taken seconds late.
 */
public final class PluginServer implements AutoCloseable {
    /** The engine waits for an answer for ever, and {@code docker inspect} with it: no call may take longer. */
    private static final Duration DEADLINE = Duration.ofSeconds(7);

    private static final String MEDIA_TYPE = "application/vnd.docker.plugins.v1.1+json";

    /** As long as an agent that is told to stop waits for calls under way: a little more than one may take. */
    private static final Duration LAST_CALLS = DEADLINE.plusSeconds(1);

    /** For a connection that was made before the socket's name went, and not yet accepted. */
    private static final Duration LAST_CONNECTIONS = Duration.ofMillis(50);

    /**
     * Connections that the kernel keeps until they are taken, as many as it keeps by default (net.core.somaxconn). One more fails at
     * once, and the engine tries again a second later at the soonest.
     */
    private static final int WAITING_CONNECTIONS = 4096;

    /**
     * Calls that are done at once; others wait for their turn, first come, first served. Most of a call is waiting for the wire; more threads would
     * take each other's turns.
     */
    private static final int WORKERS = 400;

    /** Of a client that does not go on with its request. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    /** One takes connections, one hears of what they send, and a few read it: as many as there are, none of them waits for a client. */
    private static final int HTTP_THREADS = 8;

    private static final Logger log = LoggerFactory.getLogger(PluginServer.class);

    private final Path socket;
    private final Server server;
    private final ExecutorService workers;

    /** Listens where the engine looks. */
    private UnixDomainServerConnector connector;

    /** Which file is our socket: its name may be another's by now. */
    private @Nullable Object inode;

    private PluginServer(Path socket, Handler handler, ExecutorService workers, boolean inherited) {
        this.socket = socket;
        this.workers = workers;
        QueuedThreadPool threads = new QueuedThreadPool(HTTP_THREADS);
        threads.setName("plugin-http");
        threads.setDaemon(true);
        server = new Server(threads);
        connector = connector();
        connector.setInheritChannel(inherited);
        server.addConnector(connector);
        server.setHandler(handler);
    }

    private UnixDomainServerConnector connector() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        // A connection a call: an engine that writes into one whose agent has ended repeats the call without its
        // content,
        // one that cannot connect repeats it whole, for 15 s.
        http.setPersistentConnectionsEnabled(false);
        UnixDomainServerConnector listening = new UnixDomainServerConnector(server, 1, 1, new EngineHttp(http));
        listening.setUnixDomainPath(socket);
        listening.setAcceptQueueSize(WAITING_CONNECTIONS);
        listening.setIdleTimeout(IDLE.toMillis());
        // When it ends, calls under way are answered: they are idle meanwhile.
        listening.setShutdownIdleTimeout(IDLE.toMillis());
        return listening;
    }

    /**
     * Refuses where another process answers on the socket: before anything is touched that is that agent's.
     *
     * @throws EngineException if one does
     */
    public static void refuseIfAnothers(Path socket) {
        if (!isInherited(socket)) {
            refuseIfTaken(socket);
        }
    }

    /**
     * Starts to listen. A socket that a killed agent left behind is replaced; one that the service manager listens on and
     * handed to this process as its standard input is taken over. What connects to that while no agent runs waits for the
     * next one.
     *
     * @throws EngineException if the socket cannot be made, or another process listens there
     */
    public static PluginServer start(Path socket, NetworkDriver network, IpamDriver ipam) {
        // Somebody may have removed the file and left the socket: then nobody finds it, and one of our own is made.
        boolean inherited = isInherited(socket) && isAnswered(socket);
        if (!inherited) {
            refuseIfTaken(socket);
        }
        ThreadPoolExecutor workers = new ThreadPoolExecutor(
                WORKERS,
                WORKERS,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("plugin-call-", 0).daemon().factory());
        workers.allowCoreThreadTimeOut(true);
        PluginServer plugin =
                new PluginServer(socket, new Calls(new PluginCalls(network, ipam), workers), workers, inherited);
        try {
            plugin.listen(plugin.server);
            return plugin;
        } catch (EngineException refused) {
            plugin.close();
            throw refused;
        }
    }

    /**
     * Listens anew if the socket's file was removed, as by who cleans up {@code /run}: no engine could find the plugin.
     * Idempotent.
     *
     * @throws EngineException if the socket cannot be made, or another process listens there
     */
    public synchronized void listenAgainIfRemoved() {
        if (!server.isRunning() || isOurs()) {
            return;
        }
        refuseIfTaken(socket);
        log.warn("the plugin socket {} was removed: listening anew", socket);
        if (!connector.isInheritChannel()) {
            stop(connector);
        }
        // One that was inherited stays open: with it the JVM would close standard output and error too.
        connector = connector();
        server.addConnector(connector);
        listen(connector);
    }

    private void stop(UnixDomainServerConnector listening) {
        try {
            listening.stop();
            server.removeConnector(listening);
        } catch (Exception refused) {
            throw notListening(refused);
        }
    }

    /** Ends with the calls under way answered, and removes the socket. Idempotent. */
    @Override
    public synchronized void close() {
        try {
            if (connector.isInheritChannel()) {
                // Whoever connects from now on is kept for the next agent by the service manager, who listens too.
                connector.shutdown().get(LAST_CALLS.toMillis(), TimeUnit.MILLISECONDS);
            } else if (isOurs()) {
                // First its name, so that engines wait for the next agent while those that have connected are served.
                Files.deleteIfExists(socket);
                awaitLastCalls();
            }
            // The connector removes what has its name, and that may be another's by now.
            connector.setUnixDomainPath(socket.resolveSibling(socket.getFileName() + ".ended"));
            server.stop();
            workers.close();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } catch (Exception refused) {
            throw new EngineException("stop listening on the plugin socket %s: %s".formatted(socket, refused), refused);
        }
    }

    private void awaitLastCalls() throws InterruptedException {
        long end = System.nanoTime() + LAST_CALLS.toNanos();
        do {
            Thread.sleep(LAST_CONNECTIONS);
        } while (!connector.getConnectedEndPoints().isEmpty() && System.nanoTime() < end);
    }

    private void listen(LifeCycle listening) {
        try {
            Files.createDirectories(socket.toAbsolutePath().getParent());
            if (!connector.isInheritChannel()) {
                Files.deleteIfExists(socket);
            }
            listening.start();
            if (!connector.isInheritChannel()) {
                Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            }
            inode = fileKey();
        } catch (Exception refused) {
            throw notListening(refused);
        }
    }

    private EngineException notListening(Exception refused) {
        return new EngineException(
                "listen on the plugin socket %s: %s; without it no container of Onlink's networks can start"
                        .formatted(socket, refused),
                refused);
    }

    private boolean isOurs() {
        try {
            return inode != null && inode.equals(fileKey());
        } catch (IOException removed) {
            return false;
        }
    }

    private @Nullable Object fileKey() throws IOException {
        return Files.readAttributes(socket, BasicFileAttributes.class).fileKey();
    }

    /** Whether standard input is a socket that listens there: {@code StandardInput=socket} of systemd.exec(5). */
    private static boolean isInherited(Path socket) {
        try {
            return System.inheritedChannel() instanceof ServerSocketChannel channel
                    && UnixDomainSocketAddress.of(socket).equals(channel.getLocalAddress());
        } catch (IOException | UnsupportedOperationException none) {
            log.debug("standard input is no socket", none);
            return false;
        }
    }

    private static void refuseIfTaken(Path socket) {
        if (isAnswered(socket)) {
            throw new EngineException(
                    "another process answers on the plugin socket %s: an agent with another --run-dir?"
                            .formatted(socket));
        }
    }

    private static boolean isAnswered(Path socket) {
        try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return true;
        } catch (IOException nobody) {
            log.debug("nobody listens on {}", socket, nobody);
            return false;
        }
    }

    /** No thread waits in it: neither for a client that is slow, nor for an answer that is. */
    private static final class Calls extends Handler.Abstract.NonBlocking {
        private final PluginCalls calls;
        private final ExecutorService workers;

        Calls(PluginCalls calls, ExecutorService workers) {
            this.calls = calls;
            this.workers = workers;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            String name = request.getHttpURI().getPath().substring(1);
            // An engine takes 404 for "this plugin does not know the call", and goes on where it can do without.
            response.setStatus(calls.knows(name) ? HttpStatus.OK_200 : HttpStatus.NOT_FOUND_404);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, MEDIA_TYPE);
            Promise.Completable<String> content = new Promise.Completable<>();
            Content.Source.asString(request, StandardCharsets.UTF_8, content);
            var _ = content.thenCompose(body -> answer(name, body, DEADLINE.toMillis() - age(request)))
                    .whenComplete((answer, broken) -> {
                        if (broken == null) {
                            response.write(true, ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)), callback);
                        } else {
                            callback.failed(broken);
                        }
                    });
            return true;
        }

        /** In milliseconds. A connection a call: the engine has waited since that was made, and of a thousand at once the last one for long. */
        private static long age(Request request) {
            long made = request.getConnectionMetaData().getConnection().getCreatedTimeStamp();
            return Math.max(0, System.currentTimeMillis() - made);
        }

        private CompletableFuture<String> answer(String name, String body, long milliseconds) {
            if (calls.isConstant(name)) {
                return CompletableFuture.completedFuture(calls.call(name, body));
            }
            if (milliseconds <= 0) {
                return CompletableFuture.completedFuture(late(name));
            }
            CompletableFuture<String> answer =
                    new CompletableFuture<String>().orTimeout(milliseconds, TimeUnit.MILLISECONDS);
            workers.execute(() -> {
                // One that was refused while it waited for its turn is not begun.
                if (!answer.isDone()) {
                    answer.complete(calls.call(name, body));
                }
            });
            return answer.exceptionally(timeout -> late(name));
        }

        private String late(String name) {
            log.warn("{} was not answered within {} s", name, DEADLINE.toSeconds());
            return calls.error("%s took Onlink longer than %d s; try again, and look into the agent's log"
                    .formatted(name, DEADLINE.toSeconds()));
        }
    }
}
