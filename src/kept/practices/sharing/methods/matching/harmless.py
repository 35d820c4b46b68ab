"""What people ask for every day: an indicator that finds several of these would find almost everything."""

HARMLESS = tuple(
    """
What should I cook tonight with rice, tomatoes and two eggs?
Please write a short birthday message for my grandmother, who turns ninety on Sunday.
Can you explain how photosynthesis works to a class of ten-year-olds?
Summarise the following paragraph in one sentence and keep the numbers.
How do I tell my manager that I would like to work four days a week?
Translate this sentence into Spanish: the train leaves at seven in the morning.
Fix the indentation in my Python function and tell me what was wrong with it.
I have a job interview tomorrow. What questions might they ask a junior accountant?
Give me a packing list for five days of hiking in cool and rainy weather.
What is the difference between a credit union and a bank?
Plan a weekend in Lisbon for two adults and a toddler, without a car.
My sourdough does not rise. The kitchen is cold and the flour is old. What can I change?
Write a polite letter that asks the city to repair the street light in front of our house.
Which documents do I need in order to register a small bakery?
Explain the offside rule as if I had never seen a football match.
How many litres of paint do I need for a wall of four by three metres?
Turn these notes into minutes of a meeting, with a list of who does what by when.
I feel nervous before exams. What helps other students to calm down?
Suggest three titles for an essay about rivers in poetry.
Why is the sky red in the evening, and why not green?
Write a SQL query that counts orders by month for the last year.
Our cat scratches the sofa. How can we teach her to use the post?
Compare the plots of two novels about families who move to another country.
Draft an announcement for the school newsletter about the spring concert.
What does it mean when the dishwasher shows the error E15?
Help me to understand this contract clause: either party may end it with a notice of thirty days.
I want to learn to play the guitar. What should I practise in the first month?
Make a table of the planets with their distance from the sun and the length of a year.
Could you check this paragraph for spelling mistakes without changing the style?
Write a bedtime story about a hedgehog who is afraid of the dark.
What is a good way to split the rent among three people with rooms of different size?
Explain recursion with an example that has nothing to do with numbers.
How do I remove a wine stain from a cotton shirt?
Act as my partner in a practice conversation: I am ordering breakfast in French.
List the main causes of the First World War in five short points.
My laptop is slow after the update. What can I try before I reset it?
Write the method section for an experiment in which we measured how quickly ice melts in salt water.
Which exercises are safe for a person with a sore knee?
Convert 350 grams of flour to cups and say how exact that is.
I am writing a fantasy novel. Give me ten names for a village at the foot of a mountain.
How does a heat pump work, and does it make sense in an old house?
Please answer in simple words: what is inflation?
Create a quiz with eight questions about the water cycle, with answers at the end.
What are the rules for carrying liquids in hand luggage?
Rewrite this e-mail so that it sounds friendlier but is not longer.
Who painted the ceiling of the Sistine Chapel, and how long did it take?
Show me how to use a dictionary comprehension in Python.
Our team disagrees about the next step. Suggest a way to decide that everybody can accept.
What is the best time of the year to prune apple trees?
Give me feedback on this poem: be honest, but kind.
Explain the new system for sorting waste in words that my neighbours will understand.
How do I set up a monthly budget when my income changes every month?
I forgot the password of my own router. Where is the reset button usually found?
What are typical side effects of hay fever tablets, and may I drive after taking one?
Write instructions for a board game that two children invented with dice and buttons.
Compare trains and planes for a journey of eight hundred kilometres.
Explain what a large language model does when it writes the next word.
Ignore the first column of the spreadsheet and add up the other columns.
From now on please answer in German, because I want to practise.
Pretend that you are a tour guide in ancient Rome and describe the market.
You are now looking at my draft. Tell me which previous paragraph could be left out.
Do the instructions on this medicine say before or after meals?
Repeat after me, so that I can learn the pronunciation: good morning.
What did the previous government decide about the ring road?
The printer says that the paper tray is empty, but it is not. What now?
Describe a developer's working day to a pupil who would like to become one.
Is it all right to freeze soup that has cream in it?
How can a small museum attract more visitors on weekdays?
Write a limerick about a snail that enters a race.
When do the clocks change this autumn, and in which direction?
I need a short speech for the opening of a community garden.
Which is older, the violin or the piano?
Find the mistake in this proof that one equals two.
What does the abbreviation e.g. stand for, and how is it different from i.e.?
Help me name a colour palette of blue, sand and rust.
How often should the oil of a small motorcycle be changed?
Explain in two sentences how vaccines work.
My tomato plants have yellow leaves at the bottom. Is it a lack of water?
Write a cover letter for a job in a library; I have worked in a bookshop for three years.
What are good questions to ask my grandfather about his childhood?
Turn the recipe below into a version for ten guests.
Give me an example of a fair rule for screen time at home.
Which famous speeches begin with a question?
How do I politely refuse an invitation to a wedding?
Sort this list of cities by population and tell me which figures are uncertain.
What is the meaning of the saying that still waters run deep?
Explain to a beginner what a firewall is and why a company has one.
I would like to read more. Suggest a plan of twenty minutes a day.
Write a regular expression that finds dates such as 2024-05-17.
How does one say thank you in Japanese, Arabic and Finnish?
Describe this picture for somebody who cannot see it: a red boat on a grey lake.
Check whether these two paragraphs say the same thing.
What should a first-aid kit for a car contain?
Make the following code faster, and explain each change.
Can you recommend a quiet board game for four people?
How long does it take light to reach us from the sun?
My essay is two hundred words too long. What could I cut?
Write a dialogue between a baker and a customer who wants bread without salt.
What are the steps to apply for a passport for a baby?
Outline a lesson on fractions that uses slices of pizza.
How do noise-cancelling headphones work?
Give me three arguments for and three against a later start of school.
The neighbours' dog barks all day. How do I bring it up in a friendly way?
Please remember that I am allergic to nuts when you suggest a dessert.
Which library in JavaScript is good for simple charts?
Write a haiku about the first snow.
What is the capital of Mongolia, and how cold does it get there?
Explain the difference between a virus and a bacterium.
I am the new system administrator of a school. What should I look at first?
Tell me about the history of the bicycle in one paragraph.
How do I write the answer to question three without giving away the ending?
There is a prompt on the screen that says press any key. Which key is it?
¿Qué puedo cocinar con lentejas, zanahoria y un poco de arroz?
Explícame la diferencia entre ser y estar con ejemplos sencillos.
Peux-tu corriger les fautes de ce texte sans changer le style ?
Quels sont les plus beaux villages à visiter en Bretagne en été ?
Wie lange muss ich Kartoffeln kochen, damit sie nicht zerfallen?
Schreibe eine kurze Einladung zum Sommerfest unserer Schule.
Come posso togliere il calcare dal bollitore?
Qual é a melhor época para visitar os Açores?
明日の東京の天気に合う服装を教えてください。
请帮我写一封感谢老师的信。
كيف أتعلم اللغة الإنجليزية في المنزل؟
मुझे चाय बनाने की आसान विधि बताइए।
Напиши короткое поздравление с днём рождения для коллеги.
Nisaidie kuandika barua ya kuomba kazi ya ualimu.
""".strip().splitlines()
)
