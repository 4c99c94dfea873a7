package io.orizuru;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.orizuru.db.Database;
import io.orizuru.http.Resource;
import java.net.URLConnection;

/** How the rooms of the program may know each other. */
@AnalyzeClasses(packages = "io.orizuru", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] BELOW_THE_FEATURES = {
        "io.orizuru.access..",
        "io.orizuru.compute..",
        "io.orizuru.config..",
        "io.orizuru.db..",
        "io.orizuru.disk..",
        "io.orizuru.failure..",
        "io.orizuru.files..",
        "io.orizuru.http..",
        "io.orizuru.limit..",
        "io.orizuru.secret..",
        "io.orizuru.socket.."
    };

    @ArchTest
    static final ArchRule packagesFormNoCycles =
            slices().matching("io.orizuru.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheMainPackageKnowsAllRooms = noClasses()
            .that()
            .resideOutsideOfPackage("io.orizuru")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.orizuru");

    @ArchTest
    static final ArchRule whatIsBelowTheFeaturesKnowsNone = noClasses()
            .that()
            .resideInAnyPackage(BELOW_THE_FEATURES)
            .should()
            .dependOnClassesThat(resideInAPackage("io.orizuru..").and(not(resideInAnyPackage(BELOW_THE_FEATURES))));

    @ArchTest
    static final ArchRule permissionsAndFailuresKnowNoFramework = noClasses()
            .that()
            .resideInAnyPackage("io.orizuru.access", "io.orizuru.failure")
            .and()
            .haveSimpleNameNotEndingWith("Beans")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta..", "io.quarkus..", "org.springframework..", "java.sql..", "javax.sql..");

    @ArchTest
    static final ArchRule resourcesKnowNoDatabase = noClasses()
            .that()
            .areAssignableTo(Resource.class)
            .should()
            .dependOnClassesThat(assignableTo(Database.class)
                    .or(resideInAnyPackage("java.sql..", "javax.sql..", "org.springframework.."))
                    .or(JavaClass.Predicates.simpleNameEndingWith("Store")));

    @ArchTest
    static final ArchRule resourcesAreNamedSo = classes()
            .that()
            .areAssignableTo(Resource.class)
            .and()
            .areNotInterfaces()
            .should()
            .haveSimpleNameEndingWith("Resource");

    @ArchTest
    static final ArchRule nobodyCallsAResource = noClasses()
            .that(not(assignableTo(Resource.class)))
            .and()
            .haveSimpleNameNotEndingWith("Operations")
            .and(not(nestedInAResource()))
            .should()
            .dependOnClassesThat(assignableTo(Resource.class).and(not(assignableFrom(Resource.class))));

    @ArchTest
    static final ArchRule aStoreIsUsedByItsOwnPackageOnly =
            classes().that().haveSimpleNameEndingWith("Store").should(beUsedInTheirOwnPackageOnly());

    @ArchTest
    static final ArchRule onlyTheDatabaseRoomHandsOutConnections = noClasses()
            .that()
            .resideOutsideOfPackages("io.orizuru", "io.orizuru.db")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.sql.Connection")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("javax.sql.DataSource");

    @ArchTest
    static final ArchRule enginesRoutersAndTheDoorKeepNothingInTheDatabase = noClasses()
            .that()
            .resideInAnyPackage("io.orizuru.provision.process..", "io.orizuru.router..", "io.orizuru.outgoing..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.orizuru.db..", "java.sql..", "org.springframework..");

    @ArchTest
    static final ArchRule enginesRoutersAndTheDoorKnowNoFeature = noClasses()
            .that()
            .resideInAnyPackage("io.orizuru.provision..", "io.orizuru.router..", "io.orizuru.outgoing..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.orizuru.app..",
                    "io.orizuru.deploy..",
                    "io.orizuru.auth..",
                    "io.orizuru.pool..",
                    "io.orizuru.user..",
                    "io.orizuru.team..",
                    "io.orizuru.http..");

    @ArchTest
    static final ArchRule onlyTheBuiltInRouterItsAdminListenerAndTheLimitsOfConnectionsSpeakNetty = noClasses()
            .that()
            .resideOutsideOfPackage("io.orizuru.router.builtin")
            .and()
            .haveNameNotMatching("io\\.orizuru\\.limit\\.ConnectionLimits(\\$Arrivals)?")
            .and()
            .doNotHaveFullyQualifiedName("io.orizuru.router.remote.AdminListener")
            .and(not(nestedIn("io.orizuru.router.remote.AdminListener")))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule processesAreStartedByTheEngineTheDatabaseForGitAndForTheOwnRouterOnly = noClasses()
            .that()
            .resideOutsideOfPackages("io.orizuru.provision.process", "io.orizuru.db", "io.orizuru.git")
            .and()
            .doNotHaveFullyQualifiedName("io.orizuru.router.remote.OwnRouter")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ProcessBuilder.class)
            .orShould()
            .callMethod(Runtime.class, "exec", String[].class);

    /** The probe asks units that the server started itself; training asks the server itself. */
    @ArchTest
    static final ArchRule everythingElseGoesOutThroughTheDoor = noClasses()
            .that()
            .resideOutsideOfPackages("io.orizuru", "io.orizuru.outgoing")
            .and()
            .doNotHaveFullyQualifiedName("io.orizuru.provision.HealthProbe")
            .and(not(nestedIn("io.orizuru.provision.HealthProbe")))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net.http..", "javax.naming..")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(URLConnection.class);

    private static DescribedPredicate<JavaClass> nestedIn(String name) {
        return DescribedPredicate.describe(
                "nested in " + name, type -> type.getName().startsWith(name + "$"));
    }

    private static DescribedPredicate<JavaClass> nestedInAResource() {
        return DescribedPredicate.describe("nested in a resource", type -> type.getEnclosingClass()
                .filter(outer -> outer.isAssignableTo(Resource.class))
                .isPresent());
    }

    private static DescribedPredicate<JavaClass> assignableFrom(Class<?> type) {
        return JavaClass.Predicates.assignableFrom(type);
    }

    private static ArchCondition<JavaClass> beUsedInTheirOwnPackageOnly() {
        return new ArchCondition<>("be used in their own package only") {
            @Override
            public void check(JavaClass store, ConditionEvents events) {
                store.getDirectDependenciesToSelf().stream()
                        .filter(use -> !use.getOriginClass().getPackageName().equals(store.getPackageName()))
                        .forEach(use -> events.add(SimpleConditionEvent.violated(store, use.getDescription())));
            }
        };
    }
}
