# What `make install` puts where. The paths of freshet.pc are made at installation, so --prefix holds.
install(TARGETS freshet freshet_static)
install(DIRECTORY include/freshet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(FILES LICENSE NOTICE README.md README.ru.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(CODE "
    set(PROJECT_VERSION ${PROJECT_VERSION})
    set(CMAKE_INSTALL_LIBDIR ${CMAKE_INSTALL_LIBDIR})
    set(FRS_ONNX_PC \"$<$<BOOL:${FRS_ONNX}>: libprotobuf-c>\")
    set(CMAKE_INSTALL_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
    configure_file(${CMAKE_SOURCE_DIR}/tools/freshet.pc.in ${CMAKE_BINARY_DIR}/gen/freshet.pc @ONLY)")
install(FILES ${CMAKE_BINARY_DIR}/gen/freshet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET freshet_program)
    install(TARGETS freshet_program)
    # The man page and the completion are the program's own tables, written by it.
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/gen/freshet.1 ${CMAKE_BINARY_DIR}/gen/freshet.bash
        COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C $<TARGET_FILE:freshet_program> dev man > freshet.1
        COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C $<TARGET_FILE:freshet_program> dev completion > freshet.bash
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/gen DEPENDS freshet_program VERBATIM)
    add_custom_target(freshet_pages ALL DEPENDS ${CMAKE_BINARY_DIR}/gen/freshet.1 ${CMAKE_BINARY_DIR}/gen/freshet.bash)
    install(FILES ${CMAKE_BINARY_DIR}/gen/freshet.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${CMAKE_BINARY_DIR}/gen/freshet.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME freshet)
endif()
