from deploy.cli.entry import main

main()
