package io.orizuru.service;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.access.Context;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/** Services and their instances as the API shows them. */
@ApplicationScoped
class InstanceViews {
    private static final String READ = "service-instance.read";

    private final ServiceStore services;
    private final InstanceStore instances;
    private final ServiceApi api;

    InstanceViews(ServiceStore services, InstanceStore instances, ServiceApi api) {
        this.services = services;
        this.instances = instances;
        this.api = api;
    }

    /** A service in a list, with those of its instances that are shown. */
    record Listed(
            String service,
            List<String> instances,
            List<String> plans,
            @JsonProperty("service_instances") List<InList> all) {
        /** @param readable which instances the caller may read itself; of others it is shown what their offerer must know */
        private static Listed of(String service, List<Instance> instances, Predicate<Instance> readable) {
            return new Listed(
                    service,
                    instances.stream().map(Instance::name).toList(),
                    instances.stream().map(Instance::plan).distinct().toList(),
                    instances.stream()
                            .map(instance -> InList.of(instance, readable.test(instance)))
                            .toList());
        }
    }

    /** An instance in a list. */
    record InList(
            int id,
            String name,
            @JsonProperty("service_name") String service,
            @JsonProperty("plan_name") String plan,
            List<String> apps,
            List<String> jobs,
            @JsonProperty("bound_units") List<String> boundUnits,
            List<String> teams,
            @JsonProperty("team_owner") String teamOwner,
            String description,
            List<String> tags,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, JsonNode> parameters,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String pool) {
        private static InList of(Instance instance, boolean readable) {
            return new InList(
                    0,
                    instance.name(),
                    instance.service(),
                    instance.plan(),
                    instance.apps(),
                    List.of(),
                    List.of(),
                    instance.teams(),
                    instance.teamOwner(),
                    readable ? instance.description() : "",
                    readable ? instance.tags() : List.of(),
                    readable ? instance.parameters() : Map.of(),
                    instance.pool());
        }
    }

    /** An instance among those of one service. */
    record OfService(
            @JsonProperty("Id") int id,
            @JsonProperty("Name") String name,
            @JsonProperty("ServiceName") String service,
            @JsonProperty("PlanName") String plan,
            @JsonProperty("Pool") String pool,
            @JsonProperty("Apps") List<String> apps,
            @JsonProperty("Teams") List<String> teams,
            @JsonProperty("TeamOwner") String teamOwner,
            @JsonProperty("Info") Map<String, String> info) {}

    /**
     * One instance, whole.
     *
     * @param error why its service told nothing of it; empty when it did
     */
    record Info(
            @JsonProperty("Apps") List<String> apps,
            @JsonProperty("Jobs") List<String> jobs,
            @JsonProperty("Teams") List<String> teams,
            @JsonProperty("TeamOwner") String teamOwner,
            @JsonProperty("Description") String description,
            @JsonProperty("PlanName") String plan,
            @JsonProperty("PlanDescription") String planDescription,
            @JsonProperty("Pool") String pool,
            @JsonProperty("Cluster") String cluster,
            @JsonProperty("CustomInfo") Map<String, String> customInfo,
            @JsonProperty("Tags") List<String> tags,
            @JsonProperty("Parameters") Map<String, JsonNode> parameters,

            @JsonProperty("Error") @JsonInclude(JsonInclude.Include.NON_EMPTY)
            String error) {}

    /**
     * The services that the caller offers, with all their instances. What somebody said of an instance, its parameters before all,
     * is for those who may read that instance.
     */
    List<Listed> offered(Call call) {
        List<Service> found = services.offered(call.caller().contextsOf("service.read"));
        return found.stream()
                .map(service -> Listed.of(
                        service.name(),
                        instances.visible(Set.of(Context.GLOBAL), service.name(), ""),
                        instance -> call.caller().may(READ, instance)))
                .toList();
    }

    /** The services that the caller can use, with the instances that it may read; and what else it may read. */
    List<Listed> usable(Call call, String app) {
        Map<String, List<Instance>> byService = new LinkedHashMap<>();
        services.usable(call.caller().contextsOf("service.read"))
                .forEach(service -> byService.put(service.name(), new ArrayList<>()));
        instances.visible(call.caller().contextsOf(READ), "", app).forEach(instance -> byService
                .computeIfAbsent(instance.service(), service -> new ArrayList<>())
                .add(instance));
        return byService.entrySet().stream()
                .map(entry -> Listed.of(entry.getKey(), entry.getValue(), readable -> true))
                .toList();
    }

    /** The instances of a service that the caller may read, with what the service tells of each, asked at once. */
    List<OfService> of(Call call, Service service) {
        List<Instance> found = instances.visible(call.caller().contextsOf(READ), service.name(), "");
        try (ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<OfService>> shown = found.stream()
                    .map(instance -> asking.submit(() -> ofService(service, instance)))
                    .toList();
            return shown.stream().map(InstanceViews::got).toList();
        }
    }

    private static OfService got(Future<OfService> shown) {
        try {
            return shown.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private OfService ofService(Service service, Instance instance) {
        return new OfService(
                0,
                instance.name(),
                instance.service(),
                instance.plan(),
                instance.pool(),
                instance.apps(),
                instance.teams(),
                instance.teamOwner(),
                info(service, instance, new ArrayList<>()));
    }

    private Map<String, String> info(Service service, Instance instance, Collection<String> errors) {
        try {
            return api.info(service, instance);
        } catch (Failure failure) {
            errors.add(failure.message());
            return Map.of();
        }
    }

    /** One instance. That its service does not answer is said, and hides nothing of what is on record. */
    Info info(Service service, Instance instance) {
        List<String> errors = new ArrayList<>();
        String planDescription = instance.plan().isEmpty() ? "" : planDescription(service, instance, errors);
        Map<String, String> custom = errors.isEmpty() ? info(service, instance, errors) : Map.of();
        return new Info(
                instance.apps(),
                List.of(),
                instance.teams(),
                instance.teamOwner(),
                instance.description(),
                instance.plan(),
                planDescription,
                instance.pool(),
                "",
                custom,
                instance.tags(),
                instance.parameters(),
                String.join("; ", errors));
    }

    private String planDescription(Service service, Instance instance, Collection<String> errors) {
        try {
            return api.plans(service, instance.pool()).stream()
                    .filter(plan -> plan.name().equals(instance.plan()))
                    .map(ServiceApi.OfferedPlan::description)
                    .findFirst()
                    .orElse("");
        } catch (Failure failure) {
            errors.add(failure.message());
            return "";
        }
    }

    String status(Service service, Instance instance) {
        return "Service instance \"" + instance.name() + "\" is " + api.status(service, instance);
    }
}
