package io.onlink.docker;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/** The plugin protocol's JSON: addresses are texts, an empty text is no address, and what is absent is left out. */
final class WireFormat {
    private WireFormat() {}

    static JsonMapper mapper() {
        return JsonMapper.builder()
                // Newer engines send more than older ones.
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
                .addModule(addresses())
                .build();
    }

    private static SimpleModule addresses() {
        SimpleModule module = new SimpleModule("onlink-addresses");
        asText(module, IpAddress.class, IpAddress::parse);
        asText(module, IpNetwork.class, IpNetwork::parse);
        asText(module, InterfaceAddress.class, InterfaceAddress::parse);
        asText(module, MacAddress.class, MacAddress::parse);
        return module;
    }

    private static <T> void asText(SimpleModule module, Class<T> type, Function<String, T> parse) {
        module.addDeserializer(type, new FromText<>(type, parse));
        module.addSerializer(type, new ToText<>(type));
    }

    private static final class FromText<T> extends StdDeserializer<T> {
        private final Function<String, T> parse;

        FromText(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        public @Nullable T deserialize(JsonParser parser, DeserializationContext context) {
            String text = parser.getValueAsString("");
            if (text.isEmpty()) {
                return null;
            }
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException malformed) {
                return context.reportInputMismatch(this, "%s", malformed.getMessage());
            }
        }
    }

    private static final class ToText<T> extends StdSerializer<T> {
        ToText(Class<T> type) {
            super(type);
        }

        @Override
        public void serialize(T value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(value.toString());
        }
    }
}
