"""Given names that are common in many countries, and words that begin sentences like names."""

GIVEN = frozenset(
    """
    Aaron Abdul Abdullah Abigail Adam Ahmad Ahmed Aisha Alan Albert Alejandro Alessandro Alex Alexander Alexandra
    Alexei Ali Alice Amanda Amelia Amina Amit Amy Ana Andrea Andreas Andrei Andrew Angela Anita Anna Anne Annie
    Anthony Antonio Anton Arjun Arthur Asha Ashley Barbara Beatriz Ben Benjamin Bernard Betty Brandon Brian Bruno
    Camila Carl Carla Carlos Carmen Carol Caroline Catherine Charles Charlotte Chen Chloe Chris Christian Christina
    Christine Christopher Claire Clara Claudia Cynthia Daniel Daniela David Deborah Deepak Denis Dennis Diana Diego
    Dmitri Dominic Donald Donna Dorothy Edward Elena Elif Elizabeth Ella Emily Emma Emre Eric Erik Ethan Eva Evelyn
    Fatima Fatma Felix Fernando Florian Francesca Francesco Francis Francisco Frank Frederik Gabriel Gabriela Gary
    George Giovanni Giulia Gloria Grace Greg Gregory Guillaume Gustav Hana Hannah Hans Harald Harry Hassan Heather
    Heidi Helen Helena Henry Hiroshi Hugo Hussein Ibrahim Igor Ines Ingrid Irina Isaac Isabel Isabella Ivan Jack
    Jacob Jacqueline James Jan Jana Jane Janet Jason Javier Jean Jeffrey Jennifer Jens Jeremy Jessica Jesus Joan
    Joana Johan Johannes John Jonas Jonathan Jorge Jose José Joseph Joshua Juan Judith Julia Julian Julie Jun Jürgen
    Karen Karl Katarzyna Kate Katherine Kathleen Katja Kavita Keiko Keith Kelly Kenji Kenneth Kevin Khalid Kim Klaus
    Krzysztof Kumar Kyle Lakshmi Lars Laura Lauren Layla Lea Leila Lena Leonardo Li Liam Linda Lisa Louis Louise
    Luca Lucas Lucia Lucy Luis Luisa Lukas Magdalena Maria María Marie Marco Marcus Margaret Mariam Marina Mario
    Mark Markus Marta Martha Martin Martina Mary Mateo Matteo Matthew Matthias Maximilian Megan Mehmet Mei Melissa
    Michael Michel Michelle Miguel Mikhail Mohamed Mohammad Mohammed Monika Mustafa Nadia Nancy Natalia Natalie
    Nathan Nicholas Nicolas Nicole Nikolai Nina Noah Nora Olga Oliver Olivia Omar Oscar Pablo Pamela Patricia
    Patrick Paul Paula Pavel Pedro Peter Petra Philip Philippe Pierre Piotr Priya Rachel Rafael Rahul Rajesh Ralf
    Ravi Raymond Rebecca Ricardo Richard Robert Roberto Roger Ronald Rosa Ruth Ryan Sabine Salma Samantha Samuel
    Sandra Sanjay Sara Sarah Satoshi Scott Sean Sebastian Sergei Sergio Sharon Sofia Sophia Sophie Stefan Stephanie
    Stephen Steven Sunita Susan Svetlana Tatiana Teresa Theresa Thomas Timothy Tom Tomasz Tomas Tyler Ursula
    Valentina Vera Victor Victoria Vijay Vincent Virginia Vladimir Walter Wei William Xin Yan Yasmin Yuki Yusuf
    Zainab Zoe
    """.split()
)
NOT_NAMES = frozenset(
    """
    A All And Any Are As Assistant At Be But By Can Chatbot Customer Do Each Every Example For From Given Have He
    Help Helper How I If In Is It Jr Machine Madam Me Model My Narrator No Not Now Of On One Or Our Placeholder
    Please Robot She Sir So Some Support Sure System Take Team Teacher Thank Thanks That The Their There These They
    This To Today Use User We What When Where Which Who Why Will With You Your
    """.split()
)
