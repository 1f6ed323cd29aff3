package io.onlink.apply;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import io.onlink.coexistence.Instruction;
import io.onlink.model.Allowance;
import io.onlink.model.Bridge;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.OtherLink;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import java.util.List;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * States as JSON and back without loss; addresses are written as people write them. The model knows
 * nothing of it.
 */
final class StateJson {
    /** Building one costs a tenth of a second; it is safe for several threads. */
    private static final JsonMapper MAPPER = build();

    private StateJson() {}

    static JsonMapper mapper() {
        return MAPPER;
    }

    private static JsonMapper build() {
        SimpleModule module = new SimpleModule("onlink-model");
        text(module, IpAddress.class, IpAddress::parse);
        text(module, IpNetwork.class, IpNetwork::parse);
        text(module, InterfaceAddress.class, InterfaceAddress::parse);
        text(module, MacAddress.class, MacAddress::parse);
        text(module, Allowance.class, Allowance::parse);
        return JsonMapper.builder()
                .addModule(module)
                .addMixIn(Link.class, Kind.class)
                .addMixIn(Bridge.class, Kind.class)
                .addMixIn(Veth.class, Kind.class)
                .addMixIn(Vrf.class, Kind.class)
                .addMixIn(Vlan.class, Kind.class)
                .addMixIn(Macvlan.class, Kind.class)
                .addMixIn(Ipvlan.class, Kind.class)
                .addMixIn(OtherLink.class, Kind.class)
                .addMixIn(Instruction.class, InstructionKind.class)
                .addMixIn(Instruction.WriteFile.class, InstructionKind.class)
                .addMixIn(Instruction.BindZone.class, InstructionKind.class)
                .addMixIn(Instruction.ResumeProfile.class, InstructionKind.class)
                // Written before there was a list of that name.
                .withConfigOverride(
                        List.class, list -> list.setNullHandling(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build();
    }

    private static <T> void text(SimpleModule module, Class<T> type, Function<String, T> parse) {
        module.addSerializer(type, new ValueSerializer<T>() {
            @Override
            public void serialize(T value, JsonGenerator generator, SerializationContext context) {
                generator.writeString(value.toString());
            }
        });
        module.addDeserializer(type, new ValueDeserializer<T>() {
            @Override
            public T deserialize(JsonParser parser, DeserializationContext context) {
                return parse.apply(parser.getString());
            }
        });
    }

    /** Every kind there is: of one that is missing, what is on the disk cannot be read again. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Bridge.class, name = "bridge"),
        @JsonSubTypes.Type(value = Veth.class, name = "veth"),
        @JsonSubTypes.Type(value = Vrf.class, name = "vrf"),
        // These three so, as they stand on disks since before they were listed here.
        @JsonSubTypes.Type(value = Vlan.class, name = "Vlan"),
        @JsonSubTypes.Type(value = Macvlan.class, name = "Macvlan"),
        @JsonSubTypes.Type(value = Ipvlan.class, name = "Ipvlan"),
        @JsonSubTypes.Type(value = OtherLink.class, name = "other")
    })
    @JsonIgnoreProperties(
            value = {"name", "master", "up"},
            ignoreUnknown = true)
    private interface Kind {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Instruction.WriteFile.class, name = "file"),
        @JsonSubTypes.Type(value = Instruction.BindZone.class, name = "zone"),
        @JsonSubTypes.Type(value = Instruction.ResumeProfile.class, name = "profile")
    })
    @JsonIgnoreProperties(ignoreUnknown = true)
    private interface InstructionKind {}
}
