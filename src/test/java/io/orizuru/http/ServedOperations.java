package io.orizuru.http;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** All operations of the program, read from its classes, for tests that hold for each of them. */
public final class ServedOperations {
    private static final List<OperationDescriptor> ALL = read();

    private ServedOperations() {}

    /** By path and method. */
    public static List<OperationDescriptor> all() {
        return ALL;
    }

    /** Only classes named like resources are read, as the architecture wants all of them to be: all others take long. */
    private static List<OperationDescriptor> read() {
        return new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(location -> location.contains("Resource"))
                        .importPackages("io.orizuru")
                        .stream()
                        .filter(type -> type.isAssignableTo(Resource.class) && !type.isInterface())
                        .map(JavaClass::reflect)
                        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                        .map(OperationDescriptor::of)
                        .filter(Objects::nonNull)
                        .sorted(Comparator.comparing(OperationDescriptor::path)
                                .thenComparing(OperationDescriptor::method))
                        .toList();
    }
}
