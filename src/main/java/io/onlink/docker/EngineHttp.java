package io.onlink.docker;

import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;

/**
 * HTTP/1.1 as the engine speaks it on a plugin's socket: up to version 23 with an empty Host (moby, pkg/plugins/client.go),
 * which Jetty 12.1 refuses as "Blank Host" and has no setting for.
 */
final class EngineHttp extends HttpConnectionFactory {
    private static final HttpField HOST = new HostPortHttpField("onlink");

    EngineHttp(HttpConfiguration configuration) {
        super(configuration);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(new EngineConnection(getHttpConfiguration(), connector, endPoint), connector, endPoint);
    }

    private static final class EngineConnection extends HttpConnection {
        EngineConnection(HttpConfiguration configuration, Connector connector, EndPoint endPoint) {
            super(configuration, connector, endPoint);
        }

        @Override
        protected RequestHandler newRequestHandler() {
            return new RequestHandler() {
                @Override
                public void parsedHeader(HttpField field) {
                    boolean emptyHost = field.getHeader() == HttpHeader.HOST
                            && (field.getValue() == null || field.getValue().isBlank());
                    super.parsedHeader(emptyHost ? HOST : field);
                }
            };
        }
    }
}
