package io.onlink.docker;

import io.onlink.failure.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * Answers the engine on a unix socket. The engine finds the plugin by the socket's file name: {@code onlink.sock} in
 * {@code /run/docker/plugins} is the driver {@code onlink}.
 *
 * <p>HTTP is read and written by virtual threads; the drivers run on platform threads, so that they may block in native
 * calls.
 */
public final class PluginServer implements AutoCloseable {
    /** The engine waits for an answer for ever, and {@code docker inspect} with it: no call may take longer. */
    private static final Duration DEADLINE = Duration.ofSeconds(8);

    private static final String MEDIA_TYPE = "application/vnd.docker.plugins.v1.1+json";

    private final Path socket;
    private final Server server;
    private final ExecutorService workers;

    private PluginServer(Path socket, Server server, ExecutorService workers) {
        this.socket = socket;
        this.server = server;
        this.workers = workers;
    }

    /**
     * Starts to listen. A socket that a killed agent left behind is replaced; that no agent is alive is the caller's to
     * know.
     *
     * @throws EngineException if the socket cannot be made
     */
    public static PluginServer start(Path socket, NetworkDriver network, IpamDriver ipam) {
        Server server = new Server(new VirtualThreadPool());
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        UnixDomainServerConnector connector = new UnixDomainServerConnector(server, new EngineHttp(http));
        connector.setUnixDomainPath(socket);
        // The engine keeps connections to its plugins open for as long as it runs.
        connector.setIdleTimeout(0);
        server.addConnector(connector);
        ExecutorService workers = Executors.newCachedThreadPool(
                Thread.ofPlatform().name("plugin-call-", 0).daemon().factory());
        server.setHandler(new Calls(new PluginCalls(network, ipam), workers));
        PluginServer plugin = new PluginServer(socket, server, workers);
        try {
            Files.createDirectories(socket.toAbsolutePath().getParent());
            Files.deleteIfExists(socket);
            server.start();
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return plugin;
        } catch (Exception refused) {
            plugin.close();
            throw new EngineException(
                    "listen on the plugin socket %s: %s; without it no container of Onlink's networks can start"
                            .formatted(socket, refused),
                    refused);
        }
    }

    /** Ends with the calls under way answered, and removes the socket. Idempotent. */
    @Override
    public void close() {
        try {
            server.stop();
            workers.close();
            Files.deleteIfExists(socket);
        } catch (Exception refused) {
            throw new EngineException("stop listening on the plugin socket %s: %s".formatted(socket, refused), refused);
        }
    }

    private static final class Calls extends Handler.Abstract {
        private final PluginCalls calls;
        private final ExecutorService workers;

        Calls(PluginCalls calls, ExecutorService workers) {
            this.calls = calls;
            this.workers = workers;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws IOException {
            String name = request.getHttpURI().getPath().substring(1);
            String body = Content.Source.asString(request, StandardCharsets.UTF_8);
            // An engine takes 404 for "this plugin does not know the call", and goes on where it can do without.
            response.setStatus(calls.knows(name) ? HttpStatus.OK_200 : HttpStatus.NOT_FOUND_404);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, MEDIA_TYPE);
            response.write(true, ByteBuffer.wrap(answer(name, body).getBytes(StandardCharsets.UTF_8)), callback);
            return true;
        }

        private String answer(String name, String body) {
            Future<String> answer = workers.submit(() -> calls.call(name, body));
            try {
                return answer.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException late) {
                return calls.error("%s took Onlink longer than %d s; try again, and look into the agent's log"
                        .formatted(name, DEADLINE.toSeconds()));
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return calls.error(name + ": Onlink's agent is stopping");
            } catch (ExecutionException failed) {
                throw new AssertionError("a call answers whatever happens", failed);
            }
        }
    }
}
